// Package arn knows Amazon Resource Names: their six parts, and the two ways in
// which policies match them (see [ResourcePattern] and [LikePattern]).
//
// It does not know which services, regions or resource types exist.
package arn

import (
	"errors"
	"strings"
)

// ARN is a resource name, taken apart. Region and Account are empty where a
// service does not use them, as in arn:aws:bedrock:us-west-2::foundation-model/x.
type ARN struct {
	Partition string // aws, aws-cn, aws-us-gov
	Service   string
	Region    string
	Account   string // twelve digits, or "aws" for AWS's own managed policies
	Resource  string // all that follows the fifth colon; may hold colons and slashes
}

// ErrNotARN is returned for text that is no ARN at all.
var ErrNotARN = errors.New(`not an ARN: want "arn:partition:service:region:account:resource"`)

// Parse takes s apart. It asks for the prefix, six parts, and a partition, a
// service and a resource that are not empty; whether they exist is not checked.
func Parse(s string) (ARN, error) {
	part := strings.SplitN(s, ":", 6)
	if len(part) < 6 || part[0] != "arn" || part[1] == "" || part[2] == "" || part[5] == "" {
		return ARN{}, ErrNotARN
	}
	return ARN{Partition: part[1], Service: part[2], Region: part[3], Account: part[4], Resource: part[5]}, nil
}

// String is the inverse of [Parse].
func (a ARN) String() string {
	return "arn:" + a.Partition + ":" + a.Service + ":" + a.Region + ":" + a.Account + ":" + a.Resource
}

// Type is the part of Resource before the first slash or colon: "user" of
// "user/team/foo". It is all of Resource where there is neither.
func (a ARN) Type() string {
	if i := strings.IndexAny(a.Resource, "/:"); i >= 0 {
		return a.Resource[:i]
	}
	return a.Resource
}

// ID is the part of Resource after the first slash or colon, or empty.
func (a ARN) ID() string {
	if i := strings.IndexAny(a.Resource, "/:"); i >= 0 {
		return a.Resource[i+1:]
	}
	return ""
}
