/*
 * The two parts of a path. Nothing is looked up.
 */
#ifndef BASE_PATH_H
#define BASE_PATH_H

/* The part behind the last slash, within `path`. */
const char *path_name(const char *path);

/* The part before it: "." for a mere name, "/" for one below the root. The caller frees it; NULL
 * without memory. */
char *path_folder(const char *path);

#endif
