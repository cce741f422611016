# SPDX-License-Identifier: MIT
# What an installation has:
#   include/rota/            the public headers
#   share/rota/              the library as source, for kernels: rota.mk, include, src, arch, cmake
#   lib/cmake/rota, lib/pkgconfig
# from the host's tree also lib/librota_host.a and librota_host_io.a, include/rota-host (world.h, host.h,
# host/io/io.h), the command line;
# from a bare machine's tree the kernel that the command line boots. All may go into one prefix.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(share ${CMAKE_INSTALL_DATAROOTDIR}/rota)
set(root ${PROJECT_SOURCE_DIR})

install(DIRECTORY ${root}/include/rota DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  COMPONENT sources FILES_MATCHING PATTERN "*.h")
install(DIRECTORY ${root}/include ${root}/src ${root}/arch DESTINATION ${share}
  COMPONENT sources FILES_MATCHING PATTERN "*.[chS]")
install(FILES ${root}/rota.mk ${root}/LICENSE ${root}/docs/PORTING.md ${root}/docs/RECIPES.md
  ${root}/docs/FUTURES.md ${root}/docs/rota_config.h
  DESTINATION ${share} COMPONENT sources)
file(GLOB gdb ${root}/tools/gdb/*.py)
install(FILES ${gdb} DESTINATION ${share}/gdb COMPONENT sources)
install(FILES ${root}/cmake/sources.cmake DESTINATION ${share}/cmake COMPONENT sources)

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/rota)
configure_package_config_file(${root}/cmake/rota-config.cmake.in
  ${CMAKE_CURRENT_BINARY_DIR}/rota-config.cmake
  INSTALL_DESTINATION ${package} PATH_VARS share NO_CHECK_REQUIRED_COMPONENTS_MACRO)
# Before 1.0 a minor release may change an interface.
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/rota-config-version.cmake
  COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/rota-config.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/rota-config-version.cmake
  DESTINATION ${package} COMPONENT sources)

# A prefix that is chosen at installation is still found: paths are relative to the file's own place.
cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX
  BASE_DIRECTORY ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig OUTPUT_VARIABLE up)
set(ROTA_PC_PREFIX "\${pcfiledir}/${up}")
function(rota_pc NAME)
  configure_file(${root}/cmake/${NAME}.pc.in ${CMAKE_CURRENT_BINARY_DIR}/${NAME}.pc @ONLY)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/${NAME}.pc
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT ${ARGV1})
endfunction()
rota_pc(rota sources)

if(TARGET rota_host AND NOT ROTA_SANITIZER)
  rota_pc(rota-host host)
  install(TARGETS rota_host rota_host_io EXPORT rota-host COMPONENT host
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(EXPORT rota-host NAMESPACE rota:: DESTINATION ${package} COMPONENT host)
  install(FILES ${root}/port/world.h ${root}/port/host/host.h
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/rota-host COMPONENT host)
  # As they are included here too: <host/host.h>, <host/io/io.h>.
  install(FILES ${root}/port/host/host.h
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/rota-host/host COMPONENT host)
  install(FILES ${root}/port/host/io/io.h
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/rota-host/host/io COMPONENT host)
  rota_pc(rota-host-io host)
endif()
if(TARGET rota AND NOT ROTA_SANITIZER)
  install(TARGETS rota COMPONENT tool RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  install(FILES ${root}/docs/rota.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT tool)
endif()
if(TARGET rota-${ROTA_WORLD})
  # See tools/rota/machine.c.
  install(TARGETS rota-${ROTA_WORLD} COMPONENT kernel RUNTIME DESTINATION lib/rota)
endif()
