// A source checker: generated Go files are parsed, walked and printed again; nobody reads the trees later, so they die.
package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"math/rand"
	"strings"
	"sync"
)

type checked struct {
	tree  *ast.File
	names map[string]int
}

func source(random *rand.Rand, functions int) string {
	var text strings.Builder
	text.WriteString("package p\n\nimport \"fmt\"\n")
	for f := range functions {
		fmt.Fprintf(&text, "\nfunc f%d(a, b int) (int, error) {\n", f)
		for range 2 + random.Intn(12) {
			n := random.Intn(1000)
			switch random.Intn(3) {
			case 0:
				fmt.Fprintf(&text, "\ta = a*%d + b\n", n)
			case 1:
				fmt.Fprintf(&text, "\tif a > %d { b += a; return b, fmt.Errorf(\"at %%d\", a) }\n", n)
			default:
				fmt.Fprintf(&text, "\tfor i := 0; i < %d; i++ { a += i; b -= a %% (i + 1) }\n", n)
			}
		}
		text.WriteString("\treturn a, nil\n}\n")
	}
	return text.String()
}

func check(text string) checked {
	files := token.NewFileSet()
	tree, err := parser.ParseFile(files, "p.go", text, parser.ParseComments)
	if err != nil {
		panic(err)
	}
	names := map[string]int{}
	ast.Inspect(tree, func(node ast.Node) bool {
		if name, ok := node.(*ast.Ident); ok {
			names[name.Name]++
		}
		return true
	})
	var out bytes.Buffer
	format.Node(&out, files, tree)
	served.Add(int64(out.Len()))
	return checked{tree, names}
}

func main() {
	defer report()
	var workers sync.WaitGroup
	for w := range 2 {
		workers.Add(1)
		go func() {
			defer workers.Done()
			random := rand.New(rand.NewSource(int64(w)))
			kept := make([]checked, 400)
			for n := range 1500 {
				kept[n%len(kept)] = check(source(random, 5+random.Intn(60)))
			}
		}()
	}
	workers.Wait()
}
