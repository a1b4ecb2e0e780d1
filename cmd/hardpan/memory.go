package main

// headroom is what a server holds so that the garbage collector does not run
// many times a second. It begins anew when the heap has doubled, and that of a
// gateway is a few megabytes, to which one large request adds a tenth. These
// 64 MiB are counted as heap but never touched, so that they take no memory
// themselves; under load the garbage between two collections may grow by as
// much. A large heap is collected as ever, which a higher GOGC would not give.
func headroom() []byte { return make([]byte, 64<<20) }
