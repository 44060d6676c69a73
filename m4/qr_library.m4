# QR_LIBRARY(PREFIX, LIBRARY, HEADER, FUNCTION, DEBIAN-PACKAGE)
# -------------------------------------------------------------
# Looks for HEADER and for FUNCTION in LIBRARY. Sets PREFIX_LIBS (which the
# user may preset), or adds a line to qr_missing, which QR_REQUIRE_LIBRARIES
# reports. For libraries that have no pkg-config file, or one that asks for
# more than a program needs.
AC_DEFUN([QR_LIBRARY],
[AC_ARG_VAR([$1_LIBS], [linker flags for $2, overriding -l$2])
qr_found=no
AC_CHECK_HEADER([$3],
  [AS_IF([test -n "$$1_LIBS"], [qr_found=yes],
    [AC_CHECK_LIB([$2], [$4], [qr_found=yes; $1_LIBS=-l$2])])])
AS_IF([test "$qr_found" = no], [QR_MISSING([lib$2], [$5])])
])

# QR_MISSING(WHAT, DEBIAN-PACKAGE)
# --------------------------------
AC_DEFUN([QR_MISSING],
[qr_missing="$qr_missing
  $1 (Debian package $2)"
qr_missing_packages="$qr_missing_packages $2"])

# QR_REQUIRE_LIBRARIES
# --------------------
# Ends configure with one message that names everything that is missing.
AC_DEFUN([QR_REQUIRE_LIBRARIES],
[AS_IF([test -n "$qr_missing"],
  [AC_MSG_ERROR([these libraries are missing:$qr_missing
On Debian, as root:  apt-get install$qr_missing_packages])])
])
