package door

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"time"

	"hardpan/internal/awserr"
)

// maxBody is the largest request body, as for Bedrock's InvokeModel and Converse.
const maxBody = 25_000_000

// readBody reads the whole body of a request whose key, scope and date were
// found good. The signature over it is checked next. A client that drips holds
// a connection for [Door.BodyTime], not the server.
func (v *visit) readBody() ([]byte, error) {
	r := v.r
	if r.ContentLength > maxBody {
		return nil, tooLarge()
	}
	if r.ContentLength == 0 {
		return nil, nil
	}
	control := http.NewResponseController(v.w)
	_ = control.SetReadDeadline(time.Now().Add(v.door.BodyTime))
	body, err := readAll(http.MaxBytesReader(v.w, r.Body, maxBody), r.ContentLength)
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, tooLarge()
	case err != nil:
		return nil, awserr.New("RequestTimeoutException", http.StatusRequestTimeout,
			"The request body did not arrive whole within %s.", v.door.BodyTime).Because(err)
	}
	_ = control.SetReadDeadline(time.Time{})
	v.bodyDone = true
	return body, nil
}

// refuseBody bounds the wait for a body that nobody reads, of a request that
// was refused by its head. net/http drains what is left of it before it sends
// the answer; without a deadline, for as long as the client likes.
func (v *visit) refuseBody() {
	if v.r.ContentLength != 0 && !v.bodyDone {
		_ = http.NewResponseController(v.w).SetReadDeadline(time.Now().Add(v.door.RefusedTime))
	}
}

func readAll(r io.Reader, length int64) ([]byte, error) {
	if length < 0 {
		return io.ReadAll(r)
	}
	body := bytes.NewBuffer(make([]byte, 0, min(length, 1<<20)+bytes.MinRead))
	_, err := body.ReadFrom(r)
	return body.Bytes(), err
}

func tooLarge() error {
	return awserr.New("RequestEntityTooLargeException", http.StatusRequestEntityTooLarge,
		"The request body is larger than %d bytes.", maxBody)
}
