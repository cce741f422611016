/* SPDX-License-Identifier: MIT */
/**
 * @file
 * What a workload's task calls where it works in user mode ("user": true): the system calls of its program
 * (user/program.c), which the task's thread serves (user.c). They have nothing in common with those of
 * programs from an initrd (<program/calls.h>).
 */
#ifndef ROTA_WORKLOAD_CALLS_H
#define ROTA_WORKLOAD_CALLS_H

/** Numbers of calls. None takes an argument. */
enum workload_call {
        WORKLOAD_CALL_NEXT = 1, /**< answers what is to be done next, enum workload_ask */
        WORKLOAD_CALL_UNTIL, /**< answers until when, in ns, where the clock or CPU time was asked */
        WORKLOAD_CALL_CPU_TIME, /**< answers the thread's own CPU time, ns */
        WORKLOAD_CALL_CLOCK,    /**< answers the clock, ns */
        WORKLOAD_CALL_PERFORM, /**< has the present event performed: sleeps, locks, ...; may block */
};

/** What is to be done. */
enum workload_ask {
        WORKLOAD_ASK_CPU_TIME = 1, /**< work until its own CPU time is so far on */
        WORKLOAD_ASK_CLOCK,        /**< work until the clock is so far on */
        WORKLOAD_ASK_PERFORM,      /**< call for the event */
};

#endif
