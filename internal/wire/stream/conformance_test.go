package stream_test

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/document"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"
	"github.com/google/go-cmp/cmp"

	"hardpan/internal/awserr"
	"hardpan/internal/wire/golden"
	"hardpan/internal/wire/stream"
)

// The SDK's own client reads every event as it was meant, and the exception.
func TestConverseStreamIsReadByTheSDK(t *testing.T) {
	var body []byte
	var err error
	for _, event := range events() {
		if body, err = stream.AppendConverse(body, event); err != nil {
			t.Fatal(err)
		}
	}
	if body, err = stream.AppendException(body, awserr.New("ThrottlingException", 429, "Too many <requests>.")); err != nil {
		t.Fatal(err)
	}
	out, err := sdk(body).ConverseStream(context.Background(), &bedrockruntime.ConverseStreamInput{ModelId: aws.String("m")})
	if err != nil {
		t.Fatal(err)
	}
	var got []types.ConverseStreamOutput
	for event := range out.GetStream().Events() {
		got = append(got, event)
	}
	var throttled *types.ThrottlingException
	if err := out.GetStream().Err(); !errors.As(err, &throttled) || throttled.ErrorMessage() != "Too many <requests>." {
		t.Errorf("the stream ends with %v", err)
	}
	sameDocument := cmp.Transformer("document", func(d document.Interface) string {
		b, err := d.MarshalSmithyDocument()
		if err != nil {
			return err.Error()
		}
		return string(b)
	})
	if diff := golden.Diff(events(), got, sameDocument); diff != "" {
		t.Error(diff)
	}
}

func TestChunksAreReadByTheSDK(t *testing.T) {
	body, err := stream.AppendChunk(nil, []byte(`{"a":1}`))
	if err != nil {
		t.Fatal(err)
	}
	out, err := sdk(body).InvokeModelWithResponseStream(context.Background(),
		&bedrockruntime.InvokeModelWithResponseStreamInput{ModelId: aws.String("m"), Body: []byte("{}")})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for event := range out.GetStream().Events() {
		if got := event.(*types.ResponseStreamMemberChunk).Value.Bytes; string(got) != `{"a":1}` {
			t.Errorf("the chunk is %s", got)
		}
		n++
	}
	if err := out.GetStream().Err(); err != nil || n != 1 {
		t.Errorf("%d chunks, %v", n, err)
	}
}

// sdk is a client that receives body.
func sdk(body []byte) *bedrockruntime.Client {
	return bedrockruntime.NewFromConfig(aws.Config{
		Region: "us-west-2", RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("AKIAIOSFODNN7EXAMPLE", "secret", ""),
		HTTPClient: &golden.Transport{Answer: func() *http.Response {
			return golden.Answer(200, http.Header{"Content-Type": {stream.ContentType}}, body)
		}},
	})
}
