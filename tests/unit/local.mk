# Unit tests: cmocka programs, each linked with the library under test.
