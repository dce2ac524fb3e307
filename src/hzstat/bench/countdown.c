/* The reference of `hzstat bench countdown`: the same loop in as many pthreads.

   countdown N JOBS FD: FD is shared memory: 64 bytes, and JOBS results (jobs.py has the same). */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include "countdown.h"

enum { HEAD_BYTES = 64 };

struct result {
    int64_t start_ns, end_ns, cpu_ns;
    uint64_t left, counted;
    int64_t rss_kb;
};

struct job {
    pthread_t thread;
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
    char *board = mmap(NULL, HEAD_BYTES + jobs * sizeof(struct result), PROT_READ | PROT_WRITE,
                       MAP_SHARED, atoi(argv[3]), 0);
    struct result *results = (struct result *)(board + HEAD_BYTES);
    struct job *every = calloc(jobs, sizeof *every);
    if ((void *)board == MAP_FAILED || every == NULL)
        return 1;
    for (uint64_t i = 0; i < jobs; i++) {
        every[i].n = n / jobs + (i < n % jobs);
        every[i].result = results + i;
        if (pthread_create(&every[i].thread, NULL, count, every + i))
            return 1;
    }
    for (uint64_t i = 0; i < jobs; i++)
        pthread_join(every[i].thread, NULL);
    for (uint64_t i = 0; i < jobs; i++)
        results[i].rss_kb = peak_kb();
    return 0;
}
