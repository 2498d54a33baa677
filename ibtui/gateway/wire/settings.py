"""Field tables of what belongs to the TWS window or the kind of account: display groups, advisors, families, tiers."""

from __future__ import annotations

from ibtui.gateway.wire.fields import Each, Fixed, Layout, Rest, integer, text

_REQ_ID = integer("reqId")
_V1 = Fixed("1")

QUERY_DISPLAY_GROUPS = Layout(67, "queryDisplayGroups", (_V1, _REQ_ID))
SUBSCRIBE_TO_GROUP_EVENTS = Layout(68, "subscribeToGroupEvents", (_V1, _REQ_ID, integer("groupId")))
UPDATE_DISPLAY_GROUP = Layout(69, "updateDisplayGroup", (_V1, _REQ_ID, text("contractInfo")))
UNSUBSCRIBE_FROM_GROUP_EVENTS = Layout(70, "unsubscribeFromGroupEvents", (_V1, _REQ_ID))
REQUEST_FA = Layout(18, "requestFA", (_V1, integer("faDataType")))
REPLACE_FA = Layout(19, "replaceFA", (_V1, integer("faDataType"), text("xml"), _REQ_ID))
REQ_SOFT_DOLLAR_TIERS = Layout(79, "reqSoftDollarTiers", (_REQ_ID,))
REQ_FAMILY_CODES = Layout(80, "reqFamilyCodes", ())
VERIFY_REQUEST = Layout(65, "verifyRequest", (_V1, text("apiName"), text("apiVersion")))
VERIFY_MESSAGE = Layout(66, "verifyMessage", (_V1, text("apiData")))
VERIFY_AND_AUTH_REQUEST = Layout(
    72, "verifyAndAuthRequest", (_V1, text("apiName"), text("apiVersion"), text("opaqueIsvKey"))
)
VERIFY_AND_AUTH_MESSAGE = Layout(73, "verifyAndAuthMessage", (_V1, text("apiData"), text("xyzResponse"), Rest()))

REQUESTS = (
    QUERY_DISPLAY_GROUPS,
    SUBSCRIBE_TO_GROUP_EVENTS,
    UPDATE_DISPLAY_GROUP,
    UNSUBSCRIBE_FROM_GROUP_EVENTS,
    REQUEST_FA,
    REPLACE_FA,
    REQ_SOFT_DOLLAR_TIERS,
    REQ_FAMILY_CODES,
)
VERIFICATIONS = (VERIFY_REQUEST, VERIFY_MESSAGE, VERIFY_AND_AUTH_REQUEST, VERIFY_AND_AUTH_MESSAGE)
"""What an application with IB's certificate sends; TWS turns down any other."""

DISPLAY_GROUP_LIST = Layout(67, "displayGroupList", (_V1, _REQ_ID, text("groups")))
DISPLAY_GROUP_UPDATED = Layout(68, "displayGroupUpdated", (_V1, _REQ_ID, text("contractInfo")))
SOFT_DOLLAR_TIERS = Layout(
    77, "softDollarTiers", (_REQ_ID, Each("tiers", (text("name"), text("val"), text("displayName"))))
)
FAMILY_CODES = Layout(78, "familyCodes", (Each("familyCodes", (text("accountID"), text("familyCodeStr"))),))

RESPONSES = (DISPLAY_GROUP_LIST, DISPLAY_GROUP_UPDATED, SOFT_DOLLAR_TIERS, FAMILY_CODES)
