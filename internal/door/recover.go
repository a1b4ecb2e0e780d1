package door

import (
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
)

// errPanic is a call that a fault in Hardpan itself ended.
var errPanic = errors.New("a handler panicked")

// recover turns a panic into an answer and an event: a fault of ours must not
// make a call that nobody wrote down. Once an answer is under way, all that is
// left is to break it off.
func (v *visit) recover() {
	fault := recover()
	if fault == nil {
		return
	}
	if err, ok := fault.(error); ok && errors.Is(err, http.ErrAbortHandler) { // an answer broken off on purpose
		panic(fault)
	}
	v.door.Log.Error("a handler panicked", "request", v.call.ID, "fault", fmt.Sprint(fault), "stack", string(debug.Stack()))
	if v.answering {
		_ = v.conclude(http.StatusInternalServerError, errPanic)
		panic(http.ErrAbortHandler)
	}
	v.answer(v.fail(v.service.failure(fmt.Errorf("%w: %v", errPanic, fault))))
}
