# An RPM package: cmake --preset package && cmake --build --preset package && cpack -G RPM --config build/package/CPackConfig.cmake
# Units name the place of the installation, so the prefix is that of the build. Debian's package is made by debian/.
set(CPACK_GENERATOR RPM)
set(CPACK_PACKAGE_NAME thumbmill)
# An RPM may order "~" and "+" as dpkg does, but a version may hold no "-".
string(REPLACE "-" "." CPACK_PACKAGE_VERSION "${VERSION_TEXT}")
set(THUMBMILL_MAINTAINER "The thumbmill developers <thumbmill@example.org>" CACHE STRING
  "Maintainer of the package: whoever builds one for others is")
set(CPACK_PACKAGE_CONTACT "${THUMBMILL_MAINTAINER}")
set(CPACK_PACKAGE_VENDOR "${THUMBMILL_MAINTAINER}")
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_BINARY_DIR})
set(CPACK_PACKAGING_INSTALL_PREFIX ${CMAKE_INSTALL_PREFIX})
# The library that other programs may use is no part of it.
set(CPACK_COMPONENTS_ALL Unspecified licence)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT licence EXCLUDE_FROM_ALL) # Debian has it in copyright
set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
set(CPACK_RPM_COMPONENT_INSTALL ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_RPM_FILE_NAME RPM-DEFAULT)
set(CPACK_RPM_PACKAGE_LICENSE MIT)
set(CPACK_RPM_PACKAGE_GROUP Applications/Multimedia)
set(CPACK_RPM_SPEC_MORE_DEFINE "%define _build_id_links none")
set(CPACK_RPM_PACKAGE_DESCRIPTION "thumbmill lists a bucket (or directory) of original images and one of
derived images, makes the thumbnails, web sizes and other formats that are
missing or not newer than their original, and does nothing else. Images are
decoded in a process that has no network, no files and no credentials.
It runs once, or stays as a daemon.")
# Folders that belong to the system and not to this package.
set(CPACK_RPM_EXCLUDE_FROM_AUTO_FILELIST_ADDITION ${CMAKE_INSTALL_PREFIX})
foreach(folder bin lib lib/systemd lib/systemd/system lib/sysusers.d lib/tmpfiles.d libexec share share/bash-completion
    share/bash-completion/completions share/doc share/fish share/fish/vendor_completions.d share/man share/man/man1
    share/man/man5 share/man/man8 share/zsh share/zsh/vendor-completions)
  list(APPEND CPACK_RPM_EXCLUDE_FROM_AUTO_FILELIST_ADDITION ${CMAKE_INSTALL_PREFIX}/${folder})
endforeach()
set(CPACK_RPM_POST_INSTALL_SCRIPT_FILE ${CMAKE_CURRENT_LIST_DIR}/rpm/post)
set(CPACK_RPM_PRE_UNINSTALL_SCRIPT_FILE ${CMAKE_CURRENT_LIST_DIR}/rpm/preun)
set(CPACK_RPM_POST_UNINSTALL_SCRIPT_FILE ${CMAKE_CURRENT_LIST_DIR}/rpm/postun)
include(CPack)
