/* The reference of `hzstat bench countdown`: the same loop in as many pthreads.

   countdown N JOBS FD: FD is shared memory: 64 bytes, of which the first stops and the second
   starts all jobs; JOBS results; a byte for each job that is ready (jobs.py has the same). */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include "countdown.h"

enum { HEAD_BYTES = 64, STOP = 0, GATE = 1 };

static volatile char *board;

struct result {
    int64_t start_ns, end_ns, cpu_ns;
    uint64_t left, counted;
    int64_t rss_kb;
};

struct job {
    pthread_t thread;
    volatile char *ready;
    uint64_t n;
    struct result *result;
};

static int64_t now_ns(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void *count(void *given)
{
    struct job *job = given;
    struct timespec nap = {0, 100000};
    *job->ready = 1;
    while (!board[GATE] && !board[STOP])
        nanosleep(&nap, NULL);
    job->result->start_ns = now_ns(CLOCK_MONOTONIC);
    job->result->left = hz_countdown(job->n);
    job->result->end_ns = now_ns(CLOCK_MONOTONIC);
    job->result->cpu_ns = now_ns(CLOCK_THREAD_CPUTIME_ID);
    job->result->counted = job->n;
    return NULL;
}

static int64_t peak_kb(void)
{
    char line[256];
    long kb = 0;
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof line, status) && sscanf(line, "VmHWM: %ld", &kb) != 1)
        ;
    if (status)
        fclose(status);
    return kb;
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    uint64_t n = strtoull(argv[1], NULL, 10);
    uint64_t jobs = strtoull(argv[2], NULL, 10);
    void *memory = mmap(NULL, HEAD_BYTES + jobs * (sizeof(struct result) + 1),
                        PROT_READ | PROT_WRITE, MAP_SHARED, atoi(argv[3]), 0);
    struct job *every = calloc(jobs, sizeof *every);
    if (memory == MAP_FAILED || every == NULL)
        return 1;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    board = memory;
    struct result *results = (struct result *)((char *)memory + HEAD_BYTES);
    for (uint64_t i = 0; i < jobs; i++) {
        every[i].n = n / jobs + (i < n % jobs);
        every[i].result = results + i;
        every[i].ready = (volatile char *)(results + jobs) + i;
        if (pthread_create(&every[i].thread, NULL, count, every + i))
            return 1;
    }
    for (uint64_t i = 0; i < jobs; i++)
        pthread_join(every[i].thread, NULL);
    for (uint64_t i = 0; i < jobs; i++)
        results[i].rss_kb = peak_kb();
    return 0;
}
