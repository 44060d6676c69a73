# QR_COMPILE_FLAG(VARIABLE, FLAG)
# -------------------------------
# Appends FLAG to VARIABLE when the compiler takes it without a warning,
# together with the user's own flags.
AC_DEFUN([QR_COMPILE_FLAG],
[AS_VAR_PUSHDEF([qr_cache], [qr_cv_compile_$2])dnl
AC_CACHE_CHECK([whether $CC accepts $2], [qr_cache],
  [qr_saved_CFLAGS=$CFLAGS
   CFLAGS="$CFLAGS $2 -Werror"
   AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[#include <stdlib.h>]], [[]])],
     [AS_VAR_SET([qr_cache], [yes])], [AS_VAR_SET([qr_cache], [no])])
   CFLAGS=$qr_saved_CFLAGS])
AS_VAR_IF([qr_cache], [yes], [AS_VAR_APPEND([$1], [" $2"])])
AS_VAR_POPDEF([qr_cache])dnl
])

# QR_LINK_FLAG(VARIABLE, FLAG, [COMPILE-FLAGS])
# ---------------------------------------------
# The same for the linker. COMPILE-FLAGS are what the objects are compiled with.
AC_DEFUN([QR_LINK_FLAG],
[AS_VAR_PUSHDEF([qr_cache], [qr_cv_link_$2])dnl
AC_CACHE_CHECK([whether the linker accepts $2], [qr_cache],
  [qr_saved_CFLAGS=$CFLAGS
   qr_saved_LDFLAGS=$LDFLAGS
   CFLAGS="$CFLAGS $3 -Werror"
   LDFLAGS="$LDFLAGS $2"
   AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <stdlib.h>]], [[]])],
     [AS_VAR_SET([qr_cache], [yes])], [AS_VAR_SET([qr_cache], [no])])
   CFLAGS=$qr_saved_CFLAGS
   LDFLAGS=$qr_saved_LDFLAGS])
AS_VAR_IF([qr_cache], [yes], [AS_VAR_APPEND([$1], [" $2"])])
AS_VAR_POPDEF([qr_cache])dnl
])

# QR_LINK_FLAG_RUNS(VARIABLE, FLAG, [COMPILE-FLAGS])
# --------------------------------------------------
# The same, when a program that is linked with it runs: the C library of the machine has its say as
# well. Not when it is built for another one.
AC_DEFUN([QR_LINK_FLAG_RUNS],
[AS_VAR_PUSHDEF([qr_cache], [qr_cv_run_$2])dnl
AC_CACHE_CHECK([whether a program runs that is linked with $2], [qr_cache],
  [qr_saved_CFLAGS=$CFLAGS
   qr_saved_LDFLAGS=$LDFLAGS
   CFLAGS="$CFLAGS $3 -Werror"
   LDFLAGS="$LDFLAGS $$1 $2"
   AC_RUN_IFELSE([AC_LANG_PROGRAM([[#include <stdlib.h>]], [[]])],
     [AS_VAR_SET([qr_cache], [yes])], [AS_VAR_SET([qr_cache], [no])],
     [AS_VAR_SET([qr_cache], [no])])
   CFLAGS=$qr_saved_CFLAGS
   LDFLAGS=$qr_saved_LDFLAGS])
AS_VAR_IF([qr_cache], [yes], [AS_VAR_APPEND([$1], [" $2"])])
AS_VAR_POPDEF([qr_cache])dnl
])
