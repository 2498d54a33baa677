"""Field tables of what belongs to the TWS window or the kind of account: display groups, advisors, families, tiers."""

from __future__ import annotations

from ibtui.gateway.wire.fields import Fixed, Rest, each, integer, layouts, message, text

_REQ_ID = integer("reqId")
_V1 = Fixed("1")

QUERY_DISPLAY_GROUPS = message(67, "queryDisplayGroups", _V1, _REQ_ID)
SUBSCRIBE_TO_GROUP_EVENTS = message(68, "subscribeToGroupEvents", _V1, _REQ_ID, integer("groupId"))
UPDATE_DISPLAY_GROUP = message(69, "updateDisplayGroup", _V1, _REQ_ID, text("contractInfo"))
UNSUBSCRIBE_FROM_GROUP_EVENTS = message(70, "unsubscribeFromGroupEvents", _V1, _REQ_ID)
REQUEST_FA = message(18, "requestFA", _V1, integer("faDataType"))
REPLACE_FA = message(19, "replaceFA", _V1, integer("faDataType"), text("xml"), _REQ_ID)
REQ_SOFT_DOLLAR_TIERS = message(79, "reqSoftDollarTiers", _REQ_ID)
REQ_FAMILY_CODES = message(80, "reqFamilyCodes")
REQUESTS = layouts(globals())

VERIFY_REQUEST = message(65, "verifyRequest", _V1, text("apiName"), text("apiVersion"))
VERIFY_MESSAGE = message(66, "verifyMessage", _V1, text("apiData"))
VERIFY_AND_AUTH_REQUEST = message(
    72, "verifyAndAuthRequest", _V1, text("apiName"), text("apiVersion"), text("opaqueIsvKey")
)
VERIFY_AND_AUTH_MESSAGE = message(73, "verifyAndAuthMessage", _V1, text("apiData"), text("xyzResponse"), Rest())
VERIFICATIONS = layouts(globals())[len(REQUESTS) :]
"""What an application with IB's certificate sends; TWS turns down any other."""

DISPLAY_GROUP_LIST = message(67, "displayGroupList", _V1, _REQ_ID, text("groups"))
DISPLAY_GROUP_UPDATED = message(68, "displayGroupUpdated", _V1, _REQ_ID, text("contractInfo"))
SOFT_DOLLAR_TIERS = message(
    77, "softDollarTiers", _REQ_ID, each("tiers", text("name"), text("val"), text("displayName"))
)
FAMILY_CODES = message(78, "familyCodes", each("familyCodes", text("accountID"), text("familyCodeStr")))

RESPONSES = layouts(globals())[len(REQUESTS) + len(VERIFICATIONS) :]
