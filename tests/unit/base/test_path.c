#include "tests/unit/table.h"

#include <stdlib.h>

#include "base/path.h"

static void test_parts(void **state)
{
	static const struct {
		const char *path;
		const char *folder;
		const char *name;
	} rows[] = {
	    {"x.csv", ".", "x.csv"},
	    {"./x.csv", ".", "x.csv"},
	    {"/x.csv", "/", "x.csv"},
	    {"/srv/reports/x.csv", "/srv/reports", "x.csv"},
	    {"reports//x.csv", "reports/", "x.csv"},
	    {"reports/", "reports", ""},
	    {"/", "/", ""},
	    {"..", ".", ".."},
	    {"", ".", ""},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		char *folder = path_folder(rows[i].path);

		assert_non_null(folder);
		assert_row(strcmp(folder, rows[i].folder) == 0, rows[i].path);
		assert_row(strcmp(path_name(rows[i].path), rows[i].name) == 0, rows[i].path);
		free(folder);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
