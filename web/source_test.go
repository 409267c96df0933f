package web

import "os"

// sourceFiles is this directory.
var sourceFiles = os.DirFS(".")
