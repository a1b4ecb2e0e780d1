package main

import "runtime/debug"

// The garbage collector begins anew when the heap has grown by so much of itself.
// Half of what Go does: a server that holds many streams has a heap of hundreds of
// megabytes, of which twice as much would be too much.
const growth = 50 // percent

// headroom is what a server holds so that the garbage collector does not run
// many times a second. The heap of a gateway is a few megabytes, to which one large
// request adds a tenth. These 128 MiB are counted as heap but never touched, so that
// they take no memory themselves; under load the garbage between two collections may
// grow by half as much. A large heap is collected as [growth] says, which a higher
// one would not give.
func headroom() []byte {
	debug.SetGCPercent(growth)
	return make([]byte, 128<<20)
}
