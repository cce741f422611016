/* SPDX-License-Identifier: MIT */
/* A process that ends by _exit() has its counts written too: `rota run` runs its world in a child that
 * does. Linked into every program of a coverage build, with --wrap=_exit. */
void __gcov_dump(void);
_Noreturn void __real__exit(int code);
_Noreturn void __wrap__exit(int code);

_Noreturn void __wrap__exit(int code)
{
        __gcov_dump();
        __real__exit(code);
}
