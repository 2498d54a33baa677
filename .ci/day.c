/* Moves the wall clock of a program, and of all that it starts, by DAY_OFFSET seconds; the monotonic clock and files
   keep theirs.

       cc -shared -fPIC -O2 -o day.so day.c -ldl
       DAY_OFFSET=3456000 LD_PRELOAD=./day.so program

   Not faketime, which also takes over the waiting calls: its release in Debian 12 breaks Python's time.sleep or its
   queues, whichever way it is set. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static time_t offset(void)
{
    static time_t seconds;
    static int known;
    if (!known) {
        const char *text = getenv("DAY_OFFSET");
        seconds = text ? atoll(text) : 0;
        known = 1;
    }
    return seconds;
}

static int (*real)(clockid_t, struct timespec *);

__attribute__((constructor)) static void find(void)
{
    real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    offset();
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int failed = real ? real(clock, now) : (int)syscall(SYS_clock_gettime, clock, now);
    if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        now->tv_sec += offset();
    return failed;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    struct timespec exact;
    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &exact))
        return -1;
    now->tv_sec = exact.tv_sec;
    now->tv_usec = exact.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *stored)
{
    struct timespec exact;
    if (clock_gettime(CLOCK_REALTIME, &exact))
        return -1;
    if (stored)
        *stored = exact.tv_sec;
    return exact.tv_sec;
}
