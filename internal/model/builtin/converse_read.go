package builtin

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"
)

// fill takes over a call's system prompt, messages and tools.
func (c *conversation) fill(system []types.SystemContentBlock, messages []types.Message, tools *types.ToolConfiguration) {
	for _, b := range system {
		if text, ok := b.(*types.SystemContentBlockMemberText); ok {
			c.system = append(c.system, text.Value)
		}
	}
	for _, m := range messages {
		c.messages = append(c.messages, message{string(m.Role), converseRead(m.Content)})
	}
	c.fillTools(tools)
}

func (c *conversation) fillTools(config *types.ToolConfiguration) {
	c.choice = toolChoice{kind: "auto"}
	if config == nil {
		return
	}
	for _, t := range config.Tools {
		spec, ok := t.(*types.ToolMemberToolSpec)
		if !ok {
			continue
		}
		var schema string
		if doc, ok := spec.Value.InputSchema.(*types.ToolInputSchemaMemberJson); ok {
			schema = documentJSON(doc.Value)
		}
		c.tools = append(c.tools, tool{
			aws.ToString(spec.Value.Name), aws.ToString(spec.Value.Description), jsonObject([]byte(schema)), schema,
		})
	}
	switch choice := config.ToolChoice.(type) {
	case *types.ToolChoiceMemberAny:
		c.choice.kind = "any"
	case *types.ToolChoiceMemberTool:
		c.choice = toolChoice{"tool", aws.ToString(choice.Value.Name)}
	}
}

func converseRead(content []types.ContentBlock) []block {
	blocks := make([]block, 0, len(content))
	for _, one := range content {
		blocks = append(blocks, converseBlock(one))
	}
	return blocks
}

func converseBlock(one types.ContentBlock) block {
	switch b := one.(type) {
	case *types.ContentBlockMemberText:
		return block{kind: blockText, text: b.Value}
	case *types.ContentBlockMemberToolUse:
		return block{kind: blockToolUse, id: aws.ToString(b.Value.ToolUseId), name: aws.ToString(b.Value.Name), input: documentJSON(b.Value.Input)}
	case *types.ContentBlockMemberToolResult:
		return block{
			kind: blockToolResult, id: aws.ToString(b.Value.ToolUseId), text: resultText(b.Value.Content),
			failed: b.Value.Status == types.ToolResultStatusError,
		}
	case *types.ContentBlockMemberImage:
		source, _ := b.Value.Source.(*types.ImageSourceMemberBytes)
		return attachment("image", source != nil, func() []byte { return source.Value })
	case *types.ContentBlockMemberDocument:
		source, _ := b.Value.Source.(*types.DocumentSourceMemberBytes)
		return attachment("document", source != nil, func() []byte { return source.Value })
	case *types.ContentBlockMemberVideo:
		source, _ := b.Value.Source.(*types.VideoSourceMemberBytes)
		return attachment("video", source != nil, func() []byte { return source.Value })
	case *types.ContentBlockMemberAudio:
		source, _ := b.Value.Source.(*types.AudioSourceMemberBytes)
		return attachment("audio", source != nil, func() []byte { return source.Value })
	}
	return block{kind: blockOther}
}

// attachment describes bytes that came with the call; what lies elsewhere (in
// S3) is not fetched and has no size.
func attachment(name string, here bool, bytes func() []byte) block {
	b := block{kind: blockAttachment, name: name}
	if here {
		b.bytes = len(bytes())
	}
	return b
}

func resultText(content []types.ToolResultContentBlock) string {
	var texts []string
	for _, one := range content {
		switch b := one.(type) {
		case *types.ToolResultContentBlockMemberText:
			texts = append(texts, b.Value)
		case *types.ToolResultContentBlockMemberJson:
			texts = append(texts, documentJSON(b.Value))
		}
	}
	return strings.Join(texts, "\n")
}
