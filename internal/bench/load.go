package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"golang.org/x/sync/errgroup"
)

// connections is how many clients call at once, each on one kept connection.
const connections = 16

// render signs a model call and writes it out as bytes, to be sent many times: the
// same signature is good for five minutes, and signing costs the server nothing.
// operation is the last element of its path, "invoke" for one.
func render(ctx context.Context, base, operation string, body []byte, creds aws.Credentials) ([]byte, error) {
	return renderFor(ctx, base, benchModel, operation, body, creds)
}

// renderFor is render for another model identifier than the usual one.
func renderFor(ctx context.Context, base, model, operation string, body []byte, creds aws.Credentials) ([]byte, error) {
	u, err := url.Parse(base)
	if err != nil {
		return nil, err
	}
	r := &http.Request{
		Method: http.MethodPost, Host: u.Host, ContentLength: int64(len(body)),
		URL:    &url.URL{Scheme: u.Scheme, Host: u.Host, Opaque: "/model/" + url.QueryEscape(model) + "/" + operation},
		Header: http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json"}},
	}
	sum := sha256.Sum256(body)
	if err := v4.NewSigner().SignHTTP(ctx, creds, r, hex.EncodeToString(sum[:]), "bedrock", benchRegion, time.Now()); err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	var wire bytes.Buffer
	if err := r.Write(&wire); err != nil {
		return nil, err
	}
	return wire.Bytes(), nil
}

// load sends a request over and over for a time, on all connections, and returns
// how many answers came. The first that is not 200 ends it with an error.
func load(ctx context.Context, base string, request []byte, lasting time.Duration) (int64, error) {
	var answers atomic.Int64
	until := time.Now().Add(lasting)
	group, ctx := errgroup.WithContext(ctx)
	for range connections {
		group.Go(func() error {
			return repeat(ctx, base, request, func() bool { answers.Add(1); return time.Now().Before(until) })
		})
	}
	err := group.Wait()
	return answers.Load(), err
}

// repeat sends a request on one connection, again while more says so.
func repeat(ctx context.Context, base string, request []byte, more func() bool) error {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", strings.TrimPrefix(base, "http://"))
	if err != nil {
		return err
	}
	defer conn.Close()
	answers := bufio.NewReader(conn)
	for again := true; again; again = more() {
		if err := ctx.Err(); err != nil {
			return err
		}
		if _, err := conn.Write(request); err != nil {
			return err
		}
		if err := discard(answers); err != nil {
			return fmt.Errorf("%s: %w", base, err)
		}
	}
	return nil
}

// discard reads one answer, which has to be 200, to its end.
func discard(answers *bufio.Reader) error {
	answer, err := http.ReadResponse(answers, nil)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(answer.Body, 1<<10))
		return fmt.Errorf("answered %s: %s", answer.Status, text)
	}
	_, err = io.Copy(io.Discard, answer.Body)
	return err
}
