# SPDX-License-Identifier: MIT
# The preset host-coverage: every program counts what it executes, also one that ends by _exit().
if(ROTA_SANITIZER STREQUAL "coverage")
  add_library(rota_coverage STATIC ${PROJECT_SOURCE_DIR}/tests/coverage/flush.c)
  link_libraries(rota_coverage)
  add_link_options(-Wl,--wrap=_exit)
endif()
