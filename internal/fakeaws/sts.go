// SPDX-License-Identifier: MPL-2.0

package fakeaws

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/xml"
	"strings"
	"time"
)

const stsNamespace = "https://sts.amazonaws.com/doc/2011-06-15/"

// session is the identity behind an access key that AssumeRole issued.
type session struct{ account, arn string }

// AccessKeyFor is the access key ID that the fake's STS issues for a role. It is the same each
// time, so that a test can identify the role that signed a request.
func AccessKeyFor(roleARN string) string {
	sum := sha256.Sum256([]byte(roleARN))
	return "ASIA" + base32.StdEncoding.EncodeToString(sum[:10])
}

// SessionTokenFor is the session token that belongs to [AccessKeyFor].
func SessionTokenFor(roleARN string) string {
	sum := sha256.Sum256([]byte("session " + roleARN))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// sts implements the three operations of AWS STS that authentication needs.
func (s *Server) sts(c *call, now time.Time) response {
	switch c.record.Operation {
	case "AssumeRole", "AssumeRoleWithWebIdentity":
		return s.assumeRole(c, now)
	case "GetCallerIdentity":
		return stsSuccess(callerIdentity{Account: s.caller(c).account, ARN: s.callerARN(c), UserID: "AIDAFAKE"})
	}
	return s.failure(c, &failure{code: "InvalidAction", message: "Could not find operation " + c.record.Operation + " for version 2011-06-15"})
}

// assumeRole issues keys for a role. They are valid for the requested duration, or one hour.
func (s *Server) assumeRole(c *call, now time.Time) response {
	arn := strings.SplitN(c.record.RoleARN, ":", 6) // arn:aws:iam::<account>:role/<path and name>
	if len(arn) != 6 || !strings.HasPrefix(arn[5], "role/") || c.record.SessionName == "" {
		return s.failure(c, &failure{code: "ValidationError", message: "Request ARN is invalid or RoleSessionName is missing"})
	}
	name := arn[5][strings.LastIndex(arn[5], "/")+1:]
	assumed := "arn:" + arn[1] + ":sts::" + arn[4] + ":assumed-role/" + name + "/" + c.record.SessionName
	key := AccessKeyFor(c.record.RoleARN)

	s.sessions[key] = session{account: arn[4], arn: assumed}
	secret := sha256.Sum256([]byte("secret " + c.record.RoleARN))
	return stsSuccess(roleResponse{
		XMLName: xml.Name{Space: stsNamespace, Local: c.record.Operation + "Response"},
		Result: roleResult{
			XMLName:         xml.Name{Local: c.record.Operation + "Result"},
			AccessKeyID:     key,
			SecretAccessKey: base64.StdEncoding.EncodeToString(secret[:30]),
			SessionToken:    SessionTokenFor(c.record.RoleARN),
			Expiration:      now.Add(c.duration()).UTC().Format(time.RFC3339),
			ARN:             assumed,
			RoleID:          "AROAFAKE:" + c.record.SessionName,
		},
	})
}

// caller is the identity that signed a request.
func (s *Server) caller(c *call) session {
	if known, ok := s.sessions[c.record.AccessKeyID]; ok {
		return known
	}
	return session{account: s.script.Account, arn: "arn:aws:iam::" + s.script.Account + ":user/fake"}
}

func (s *Server) callerARN(c *call) string { return s.caller(c).arn }

// roleResponse is the response of both operations that assume a role; only the names of the two
// outer elements differ.
type roleResponse struct {
	XMLName xml.Name
	Result  roleResult
}

type roleResult struct {
	XMLName         xml.Name
	AccessKeyID     string `xml:"Credentials>AccessKeyId"`
	SecretAccessKey string `xml:"Credentials>SecretAccessKey"`
	SessionToken    string `xml:"Credentials>SessionToken"`
	Expiration      string `xml:"Credentials>Expiration"`
	ARN             string `xml:"AssumedRoleUser>Arn"`
	RoleID          string `xml:"AssumedRoleUser>AssumedRoleId"`
}

type callerIdentity struct {
	XMLName xml.Name `xml:"https://sts.amazonaws.com/doc/2011-06-15/ GetCallerIdentityResponse"`
	ARN     string   `xml:"GetCallerIdentityResult>Arn"`
	UserID  string   `xml:"GetCallerIdentityResult>UserId"`
	Account string   `xml:"GetCallerIdentityResult>Account"`
}

func stsSuccess(v any) response {
	return response{label: "200", status: 200, contentType: xmlType, body: marshalXML(v)}
}

func marshalXML(v any) []byte {
	body, err := xml.Marshal(v)
	if err != nil {
		panic("fakeaws: " + err.Error()) // The types above cannot fail to encode.
	}
	return body
}
