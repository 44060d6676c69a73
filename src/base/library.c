#include "base/library.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

static pthread_mutex_t library_lock = PTHREAD_MUTEX_INITIALIZER;

/* What is wrong is said of the first file, which is the usual one. */
static void *library_find_file(const struct library *library, struct err *err)
{
	struct err first = ERR_INIT;

	for (const char *const *file = library->files; *file != NULL; file++) {
		void *handle = dlopen(*file, RTLD_LAZY | RTLD_LOCAL);

		if (handle != NULL)
			return handle;
		if (first.code == ERR_NONE)
			err_set(&first, ERR_SYSTEM, "%s cannot be loaded: %s", library->title,
			    dlerror());
	}
	*err = first;
	return NULL;
}

static int library_load(struct library *library, struct err *err)
{
	void *handle = library_find_file(library, err);

	if (handle == NULL)
		return -1;
	for (size_t i = 0; i < library->function_count; i++) {
		const struct library_function *function = &library->functions[i];
		void *address = dlsym(handle, function->name);

		if (address == NULL) {
			dlclose(handle);
			return err_set(err, ERR_SYSTEM, "%s has no %s: is it too old?",
			    library->title, function->name);
		}
		/* ISO C knows no other way from an object to a function. */
		memcpy(function->place, &address, sizeof(address));
	}
	library->is_open = true;
	return 0;
}

int library_open(struct library *library, struct err *err)
{
	int result = 0;

	pthread_mutex_lock(&library_lock);
	if (!library->is_open)
		result = library_load(library, err);
	pthread_mutex_unlock(&library_lock);
	return result;
}
