package policy

import (
	"fmt"
	"slices"
	"strings"
)

const (
	msgResourceARN    = `Resource %s must be in ARN format or "*".`
	msgPartition      = `Partition "%s" is not valid for resource "arn:%s:%s:%s:%s:%s".`
	msgVendor         = "Resource vendor must be fully qualified and cannot contain regexes."
	msgIAMRegion      = "IAM resource %s cannot contain region information."
	msgIAMPath        = `IAM resource path must either be "*" or start with %s.`
	msgResourceRegion = "Resource %s can not contain region information."
)

// partitions that a resource may name. The star occurs in AWS's own managed
// policies; the isolated partitions are from memory.
var partitions = []string{"*", "aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc"}

var iamPaths = []string{
	"user/", "federated-user/", "role/", "group/", "instance-profile/", "mfa/", "server-certificate/",
	"policy/", "sms-mfa/", "saml-provider/", "oidc-provider/", "report/", "access-report/",
}

// checkResourceTexts finds the first resource that IAM refuses. In one list IAM
// looks at them in falling order of their text.
func checkResourceTexts(doc *Document, kind Kind) *MalformedError {
	if kind == Trust {
		return nil // refused as a whole, further down
	}
	for _, s := range doc.Statements {
		for _, l := range []*List{s.Resource, s.NotResource} {
			if l == nil {
				continue
			}
			values := slices.Clone(l.Values)
			slices.SortStableFunc(values, func(a, b Value) int { return strings.Compare(b.Text, a.Text) })
			for _, v := range values {
				if message := resourceError(v.Text); message != "" {
					return malformed(v.Pos, message, "resource %q", v.Text)
				}
			}
		}
	}
	return nil
}

// resourceError is AWS's text for a resource that is no ARN, or empty.
func resourceError(resource string) string {
	if resource == Everyone {
		return ""
	}
	_, rest, found := strings.Cut(resource, ":")
	if !found {
		return fmt.Sprintf(msgResourceARN, resource)
	}
	partition, rest, found := strings.Cut(rest, ":")
	if !slices.Contains(partitions, partition) {
		p := parts(rest)
		return fmt.Sprintf(msgPartition, partition, partition, p[0], p[1], p[2], p[3])
	}
	if !found {
		return msgVendor
	}
	service, rest, _ := strings.Cut(rest, ":")
	if strings.ContainsAny(service, "*?") || service == "" {
		return msgVendor
	}
	return serviceError(resource, service, rest)
}

// parts splits what follows the partition into service, region, account and
// resource, stars for those that are missing.
func parts(rest string) [4]string {
	p := [4]string{"*", "*", "*", "*"}
	for i, s := range strings.SplitN(rest, ":", 4) {
		if s != "" || strings.Contains(rest, ":") {
			p[i] = s
		}
	}
	return p
}

// serviceError is what IAM knows of single services.
func serviceError(resource, service, rest string) string {
	region, rest, hasAccount := strings.Cut(rest, ":")
	_, path, hasPath := strings.Cut(rest, ":")
	switch {
	case service == "iam" && (region != "" || !hasAccount):
		return fmt.Sprintf(msgIAMRegion, resource)
	case service == "s3" && (region != "" || !hasAccount):
		return fmt.Sprintf(msgResourceRegion, resource)
	case service == "iam" && hasPath && !isIAMPath(path):
		return fmt.Sprintf(msgIAMPath, strings.Join(iamPaths, ", "))
	}
	return ""
}

func isIAMPath(path string) bool {
	return path == Everyone || slices.ContainsFunc(iamPaths, func(p string) bool { return strings.HasPrefix(path, p) })
}

func checkResourcesThere(doc *Document, kind Kind) *MalformedError {
	if kind == Trust {
		return nil
	}
	for _, s := range doc.Statements {
		if empty(s.Resource) && empty(s.NotResource) {
			return malformed(s.Pos, msgNoResources, "the statement names no resource, in Resource or NotResource")
		}
	}
	return nil
}
