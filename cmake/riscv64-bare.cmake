# SPDX-License-Identifier: MIT
# Bare-metal riscv64.
set(ROTA_BARE_ISA riscv64)
set(ROTA_BARE_EMULATION elf64lriscv)
# No F nor D: a switch need not save what the kernel never touches. Older compilers take the control
# registers and fence.i for a part of I, newer ones do not mind in assembly of their own. Nothing is
# relaxed to an offset from gp, which is the CPU's here.
set(ROTA_BARE_MACHINE -march=rv64imac -mabi=lp64 -mno-relax)
# The kernel lies above 2 GiB. A word is loaded from where words are.
set(ROTA_BARE_C -mcmodel=medany -DROTA_ALIGNED_WORDS=1)
set(ROTA_BARE_LINK --no-relax)
include(${CMAKE_CURRENT_LIST_DIR}/bare.cmake)
