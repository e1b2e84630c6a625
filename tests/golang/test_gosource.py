"""Just enough of Go's grammar."""

import pytest

from gomemlab.golang.gosource import imports, package_name, rename_main

PROGRAM = """// func main() {}
package main // really

import (
	"fmt"
	rec "gomemlab/oplog"
	. `strings`
)

import _ "os"

const text = "import \\"no\\" func main() {"
const raw = `
func main() {
`

type t struct{}

func (t) main() { fmt.Println('"', '\\'', text, raw) }

/* func main() {} */ func main() { func() { main := 1; _ = main }() }
"""


def test_main_is_renamed_and_nothing_else() -> None:
    """Comments, strings, methods and variables keep theirs."""
    renamed = rename_main(PROGRAM, "other")

    assert renamed is not None
    assert renamed.replace("func other()", "func main()") == PROGRAM
    assert renamed.index("func other()") > PROGRAM.index("/* func main")


def test_imports_are_read_in_every_form() -> None:
    """Grouped, alone, named, dotted, blank; the string behind const is none."""
    assert imports(PROGRAM) == {"fmt", "gomemlab/oplog", "strings", "os"}


def test_the_package_clause_names_the_package() -> None:
    """Behind a comment."""
    assert package_name(PROGRAM) == "main"


@pytest.mark.parametrize("source", ["", "package lib\nfunc Main() {}", "package main\nvar main = 1"])
def test_a_file_without_main_has_none(source: str) -> None:
    """Nothing, another name, a variable."""
    assert rename_main(source, "other") is None
