package chat

import "strings"

// converseRead reads the content of a message, of the system prompt or of a
// tool's result.
func converseRead(content []converseBlock) ([]Block, error) {
	blocks := make([]Block, 0, len(content))
	for i := range content {
		c := &content[i]
		if c.CachePoint != nil {
			if len(blocks) > 0 {
				blocks[len(blocks)-1].Cache = c.CachePoint.ttl()
			}
			continue
		}
		b, err := c.read()
		if err != nil {
			return nil, err
		}
		blocks = append(blocks, b)
	}
	return blocks, nil
}

func (c *converseBlock) read() (Block, error) {
	switch {
	case c.Text != nil:
		return Block{Kind: Text, Text: *c.Text}, nil
	case c.ToolUse != nil:
		input, ok := object(c.ToolUse.Input)
		if !ok {
			return Block{}, Malformed("the input of tool use %.64q has to be an object", c.ToolUse.ID)
		}
		return Block{Kind: ToolUse, ID: c.ToolUse.ID, Name: c.ToolUse.Name, Input: input}, nil
	case c.ToolResult != nil:
		content, err := converseRead(c.ToolResult.Content)
		return Block{Kind: ToolResult, ID: c.ToolResult.ID, Content: content, Failed: c.ToolResult.Status == "error"}, err
	case c.Image != nil:
		return c.Image.read()
	case c.Document != nil:
		return c.Document.read()
	case c.Reasoning != nil && c.Reasoning.Text != nil:
		return Block{Kind: Reasoning, Text: c.Reasoning.Text.Text, Signature: c.Reasoning.Text.Signature}, nil
	case c.Reasoning != nil:
		return Block{Kind: Redacted, Data: c.Reasoning.Redacted}, nil
	case c.JSON != nil:
		return Block{Kind: Text, Text: string(c.JSON)}, nil
	case c.Citations != nil:
		var text strings.Builder
		for _, part := range c.Citations.Content {
			text.WriteString(part.Text)
		}
		return Block{Kind: Text, Text: text.String()}, nil
	}
	return Block{}, refused("a content block of type " + c.unknown())
}

// unknown names a block that is not translated.
func (c *converseBlock) unknown() string {
	switch {
	case c.Video != nil:
		return "video"
	case c.Audio != nil:
		return "audio"
	case c.GuardContent != nil:
		return "guardContent"
	case c.SearchResult != nil:
		return "searchResult"
	}
	return "that it does not know"
}

// imageTypes are the image formats of Converse, and their media types.
var imageTypes = map[string]string{"png": "image/png", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp"}

func (c *converseImage) read() (Block, error) {
	media, ok := imageTypes[c.Format]
	switch {
	case !ok:
		return Block{}, Malformed("an image's format is png, jpeg, gif or webp, not %.40q", c.Format)
	case c.Source.Bytes == nil:
		return Block{}, refused("an image that is not sent along (s3Location)")
	}
	return Block{Kind: Image, Media: media, Data: *c.Source.Bytes}, nil
}

func (c *converseDocument) read() (Block, error) {
	b := Block{Kind: Document, Media: "text/plain", Name: c.Name}
	s := &c.Source
	switch {
	case s.Text != nil:
		b.Text = *s.Text
	case len(s.Content) > 0:
		for _, part := range s.Content {
			if part.Text != nil {
				b.Text += *part.Text
			}
		}
	case s.Bytes == nil:
		return Block{}, refused("a document that is not sent along (s3Location)")
	case c.Format == "pdf":
		b.Media, b.Data = "application/pdf", *s.Bytes
	case c.Format == "txt", c.Format == "md", c.Format == "csv", c.Format == "html", c.Format == "":
		text, err := plain(*s.Bytes)
		b.Text = text
		return b, err
	default:
		return Block{}, refused("a document of format " + c.Format)
	}
	return b, nil
}
