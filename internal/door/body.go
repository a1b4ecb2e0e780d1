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

// bodyTime is how long a client may take to send its body. A client that drips
// holds a connection, not the server.
const bodyTime = 60 * time.Second

// readBody reads the whole body of a request whose key, scope and date were
// found good. The signature over it is checked next.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.ContentLength > maxBody {
		return nil, tooLarge()
	}
	if r.ContentLength == 0 {
		return nil, nil
	}
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(bodyTime))
	body, err := readAll(http.MaxBytesReader(w, r.Body, maxBody), r.ContentLength)
	_ = control.SetReadDeadline(time.Time{})
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, tooLarge()
	case err != nil:
		return nil, awserr.New("RequestTimeoutException", http.StatusRequestTimeout,
			"The request body did not arrive whole within %s.", bodyTime).Because(err)
	}
	return body, nil
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
