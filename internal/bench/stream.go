package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// held is a stream whose first token was read.
type held struct {
	net.Conn
	delay time.Duration // of the first token
}

// openStream sends a request on a connection of its own and reads until the first
// token of chatServer, in whatever framing it comes.
func openStream(ctx context.Context, base string, request []byte) (_ *held, err error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", strings.TrimPrefix(base, "http://"))
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, conn.Close())
		}
	}()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, err
	}
	if _, err := conn.Write(request); err != nil {
		return nil, err
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil) //nolint:bodyclose // it never ends; the connection is closed
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(answer.Body, 1<<10))
		return nil, fmt.Errorf("answered %s: %s", answer.Status, text)
	}
	delay, err := firstStamp(answer.Body)
	return &held{conn, delay}, err
}

// firstStamp reads until a token, and returns how long ago it was sent.
func firstStamp(body io.Reader) (time.Duration, error) {
	var read []byte
	piece := make([]byte, 4<<10)
	for {
		n, err := body.Read(piece)
		now := time.Now()
		read = append(read, piece[:n]...)
		if _, rest, ok := bytes.Cut(read, []byte("@")); ok {
			if digits, _, whole := bytes.Cut(rest, []byte(" ")); whole {
				sent, err := strconv.ParseInt(string(digits), 10, 64)
				return now.Sub(time.Unix(0, sent)), err
			}
		}
		if err != nil {
			return 0, fmt.Errorf("no token in %d bytes: %w", len(read), err)
		}
	}
}

// openStreams opens n at once and returns when all had their first token.
func openStreams(ctx context.Context, base string, request []byte, n int) ([]*held, error) {
	streams := make([]*held, n)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(64) // a listener's queue is finite
	for i := range streams {
		group.Go(func() (err error) {
			streams[i], err = openStream(ctx, base, request)
			return err
		})
	}
	err := group.Wait()
	open := streams[:0]
	for _, s := range streams {
		if s != nil {
			open = append(open, s)
		}
	}
	return open, err
}
