#!/bin/sh
# SPDX-License-Identifier: MIT
# Workloads whose tasks are threads, futures, or both.
#
#   kinds.sh ROTA SOURCE
exit 0
