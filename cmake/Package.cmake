# A Debian package: cmake --preset package && cmake --build --preset package && cpack --config build/package/CPackConfig.cmake
# Units name the place of the installation, so the prefix is that of the build.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME thumbmill)
set(THUMBMILL_MAINTAINER "The thumbmill developers <thumbmill@example.org>" CACHE STRING
  "Maintainer of the Debian package: whoever builds one for others is")
set(CPACK_PACKAGE_CONTACT "${THUMBMILL_MAINTAINER}")
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_BINARY_DIR})
set(CPACK_PACKAGING_INSTALL_PREFIX ${CMAKE_INSTALL_PREFIX})
# The library that other programs may use is no part of it.
set(CPACK_COMPONENTS_ALL Unspecified)
set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION graphics)
set(CPACK_PACKAGE_DESCRIPTION "thumbmill lists a bucket (or directory) of original images and one of
derived images, makes the thumbnails, web sizes and other formats that are
missing or not newer than their original, and does nothing else. Images are
decoded in a process that has no network, no files and no credentials.
It runs once, or stays as a daemon.")
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS ca-certificates)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${CMAKE_CURRENT_LIST_DIR}/debian/postinst ${CMAKE_CURRENT_LIST_DIR}/debian/prerm
  ${CMAKE_CURRENT_LIST_DIR}/debian/postrm)
if(THUMBMILL_PACKAGE)
  # What Debian's policy wants below /usr/share/doc and of manual pages (12.1, 12.5, 12.7).
  find_program(GZIP gzip REQUIRED)
  string(TIMESTAMP THUMBMILL_BUILD_DATE "%a, %d %b %Y %H:%M:%S +0000" UTC)
  configure_file(${CMAKE_CURRENT_LIST_DIR}/debian/changelog.in ${CMAKE_BINARY_DIR}/package-doc/changelog @ONLY)
  configure_file(${CMAKE_CURRENT_LIST_DIR}/debian/copyright ${CMAKE_BINARY_DIR}/package-doc/copyright COPYONLY)
  configure_file(${PROJECT_SOURCE_DIR}/CHANGELOG.md ${CMAKE_BINARY_DIR}/package-doc/CHANGELOG.md COPYONLY)
  execute_process(COMMAND ${GZIP} -9nf changelog CHANGELOG.md WORKING_DIRECTORY ${CMAKE_BINARY_DIR}/package-doc
    COMMAND_ERROR_IS_FATAL ANY)
  install(FILES ${CMAKE_BINARY_DIR}/package-doc/changelog.gz ${CMAKE_BINARY_DIR}/package-doc/CHANGELOG.md.gz
    ${CMAKE_BINARY_DIR}/package-doc/copyright DESTINATION ${CMAKE_INSTALL_DOCDIR})
  configure_file(${CMAKE_CURRENT_LIST_DIR}/debian/lintian-overrides ${CMAKE_BINARY_DIR}/package-doc/overrides COPYONLY)
  install(FILES ${CMAKE_BINARY_DIR}/package-doc/overrides DESTINATION share/lintian/overrides RENAME thumbmill)
endif()
include(CPack)
