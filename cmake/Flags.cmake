# Compiler flags of every target. Libraries' own headers are system headers, so these judge our code only.
add_compile_definitions(_GNU_SOURCE G_LOG_DOMAIN="thumbmill" THUMBMILL_VERSION="${VERSION_TEXT}")
add_compile_options(
  -Wall -Wextra -Wconversion -Wsign-conversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes
  -Wold-style-definition -Wpointer-arith -Wwrite-strings -Wvla -Wformat=2 -Wundef -Wnull-dereference
  -fno-strict-aliasing -fno-common)
if(THUMBMILL_WERROR)
  add_compile_options(-Werror)
endif()
if(THUMBMILL_SANITIZE)
  add_compile_options(-fsanitize=${THUMBMILL_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=${THUMBMILL_SANITIZE})
  # what sandboxes must leave to the sanitizers' run-time libraries
  add_compile_definitions(THUMBMILL_SANITIZED)
  # gcc sees null dereferences in its own instrumentation
  add_compile_options(-Wno-null-dereference)
endif()
if(THUMBMILL_HARDEN)
  add_compile_options(-fstack-protector-strong -fstack-clash-protection -fPIE)
  add_compile_definitions($<$<CONFIG:RelWithDebInfo>:_FORTIFY_SOURCE=2>)
  add_link_options(-pie -Wl,-z,relro,-z,now)
endif()
# ldd of an executable shows what it uses, not what a library's .pc file names.
add_link_options(-Wl,--as-needed)
