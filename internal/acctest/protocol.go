// SPDX-License-Identifier: MPL-2.0

package acctest

import (
	"context"
	"fmt"
	"net"
	"os"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// Protocol is the provider behind Terraform's protocol, over gRPC on loopback as between Terraform
// and the provider. It is for what the CLI of the tests does not have: actions and list resources.
// The messages are found by their names, since their Go types are internal to terraform-plugin-go.
type Protocol struct {
	connection *grpc.ClientConn
	server     tfprotov6.ProviderServer
	schemas    *tfprotov6.GetProviderSchemaResponse
}

// ServeProtocol serves the provider for the duration of a test, and configures it with a provider
// block in JSON.
func ServeProtocol(t *testing.T, config string) *Protocol {
	t.Helper()
	server, err := Factories()["ssm"]()
	if err != nil {
		t.Fatal(err)
	}
	p := &Protocol{server: server}
	for _, name := range []string{"TF_LOG_SDK", "TF_LOG_SDK_PROTO", "TF_LOG_SDK_FRAMEWORK", "TF_LOG_PROVIDER"} {
		_ = os.Setenv(name, "OFF") //nolint:usetesting // It is for all tests of the process, which run side by side.
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // A listener on loopback does not wait.
	if err != nil {
		t.Fatal(err)
	}
	s := grpc.NewServer()
	plugin := &tf6server.GRPCProviderPlugin{Name: "registry.terraform.io/ssm-provider/ssm", GRPCProvider: func() tfprotov6.ProviderServer { return server }}
	if err := plugin.GRPCServer(nil, s); err != nil {
		t.Fatal(err)
	}
	go func() { _ = s.Serve(listener) }()
	t.Cleanup(s.Stop)
	p.connection, err = grpc.NewClient(listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.connection.Close() })
	if p.schemas, err = server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{}); err != nil {
		t.Fatal(err)
	}
	request := message("ConfigureProvider.Request", map[string]any{
		"terraform_version": "1.14.0", "config": dynamic(t, p.schemas.Provider, config),
	})
	response := message("ConfigureProvider.Response", nil)
	if err := p.connection.Invoke(t.Context(), "/tfplugin6.Provider/ConfigureProvider", request, response); err != nil {
		t.Fatal(err)
	}
	if found := diagnosticsOf(response); len(found) > 0 {
		t.Fatalf("configuring the provider: %+v", found)
	}
	return p
}

// ValidateAction validates the configuration of an action in JSON.
func (p *Protocol) ValidateAction(t *testing.T, name, config string) []Diagnostic {
	t.Helper()
	request := message("ValidateActionConfig.Request", map[string]any{"action_type": name, "config": dynamic(t, p.schemas.ActionSchemas[name].Schema, config)})
	response := message("ValidateActionConfig.Response", nil)
	if err := p.connection.Invoke(t.Context(), "/tfplugin6.Provider/ValidateActionConfig", request, response); err != nil {
		t.Fatal(err)
	}
	return diagnosticsOf(response)
}

// ActionResult is what an action told.
type ActionResult struct {
	// Lines are the lines of progress.
	Lines []string
	// Completed is set if the action told its end, which one that was interrupted cannot.
	Completed   bool
	Diagnostics []Diagnostic
}

// Invoke runs an action with a configuration in JSON, and passes each line of progress to a
// function that may be nil.
func (p *Protocol) Invoke(t *testing.T, name, config string, line func(string)) ActionResult {
	t.Helper()
	var r ActionResult
	p.stream(t, "InvokeAction", map[string]any{"action_type": name, "config": dynamic(t, p.schemas.ActionSchemas[name].Schema, config)}, func(event protoreflect.Message) {
		if progress := member(event, "progress"); progress != nil {
			text := progress.Get(progress.Descriptor().Fields().ByName("message")).String()
			r.Lines = append(r.Lines, text)
			if line != nil {
				line(text)
			}
		}
		if completed := member(event, "completed"); completed != nil {
			r.Completed, r.Diagnostics = true, diagnosticsOf(completed.Interface())
		}
	})
	return r
}

// Listed is one result of a list resource.
type Listed struct {
	DisplayName        string
	Identity, Resource tftypes.Value // A resource that was not requested is the zero value.
	Diagnostics        []Diagnostic
}

// List runs a list resource with a configuration in JSON.
func (p *Protocol) List(t *testing.T, name, config string, limit int64, includeResource bool) []Listed {
	t.Helper()
	identities, err := p.server.GetResourceIdentitySchemas(t.Context(), &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		t.Fatal(err)
	}
	var results []Listed
	p.stream(t, "ListResource", map[string]any{
		"type_name": name, "config": dynamic(t, p.schemas.ListResourceSchemas[name], config), "limit": limit, "include_resource_object": includeResource,
	}, func(event protoreflect.Message) {
		r := Listed{DisplayName: event.Get(event.Descriptor().Fields().ByName("display_name")).String()}
		r.Diagnostics = diagnosticsOf(event.Interface())
		if identity := member(event, "identity"); identity != nil {
			r.Identity = valueOf(t, member(identity, "identity_data"), identities.IdentitySchemas[name].ValueType())
		}
		if object := member(event, "resource_object"); object != nil {
			r.Resource = valueOf(t, object, p.schemas.ResourceSchemas[name].ValueType())
		}
		results = append(results, r)
	})
	return results
}

// Stop tells the provider to stop, as Terraform does after an interrupt.
func (p *Protocol) Stop(t *testing.T) {
	t.Helper()
	if err := p.connection.Invoke(context.WithoutCancel(t.Context()), "/tfplugin6.Provider/StopProvider", message("StopProvider.Request", nil), message("StopProvider.Response", nil)); err != nil {
		t.Error(err)
	}
}

// stream calls an operation that returns a stream, and passes each event to a function.
func (p *Protocol) stream(t *testing.T, operation string, request map[string]any, event func(protoreflect.Message)) {
	t.Helper()
	stream, err := p.connection.NewStream(t.Context(), &grpc.StreamDesc{ServerStreams: true}, "/tfplugin6.Provider/"+operation)
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.SendMsg(message(operation+".Request", request)); err != nil {
		t.Fatal(err)
	}
	if err := stream.CloseSend(); err != nil {
		t.Fatal(err)
	}
	for {
		received := message(operation+".Event", nil)
		if err := stream.RecvMsg(received); err != nil {
			return // The end of the stream.
		}
		event(received.ProtoReflect())
	}
}

// message returns a message of the protocol with some members.
func message(name string, members map[string]any) proto.Message {
	found, err := protoregistry.GlobalTypes.FindMessageByName(protoreflect.FullName("tfplugin6." + name))
	if err != nil {
		panic(err)
	}
	m := found.New()
	for name, value := range members {
		field := m.Descriptor().Fields().ByName(protoreflect.Name(name))
		if field == nil {
			panic(fmt.Sprintf("%s has no member %s", m.Descriptor().FullName(), name))
		}
		if nested, ok := value.(proto.Message); ok {
			value = nested.ProtoReflect()
		}
		m.Set(field, protoreflect.ValueOf(value))
	}
	return m.Interface()
}

// member returns a message in a message, nil if it is not set.
func member(m protoreflect.Message, name protoreflect.Name) protoreflect.Message {
	field := m.Descriptor().Fields().ByName(name)
	if field == nil || !m.Has(field) {
		return nil
	}
	return m.Get(field).Message()
}

// dynamic encodes a configuration in JSON by its schema. Members that are left out are null.
func dynamic(t *testing.T, schema *tfprotov6.Schema, config string) proto.Message {
	t.Helper()
	value, err := (&tfprotov6.DynamicValue{JSON: []byte(config)}).Unmarshal(schema.ValueType())
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := tfprotov6.NewDynamicValue(schema.ValueType(), value)
	if err != nil {
		t.Fatal(err)
	}
	return message("DynamicValue", map[string]any{"msgpack": encoded.MsgPack})
}

// valueOf decodes a value by its type.
func valueOf(t *testing.T, m protoreflect.Message, as tftypes.Type) tftypes.Value {
	t.Helper()
	encoded := m.Get(m.Descriptor().Fields().ByName("msgpack")).Bytes()
	value, err := (&tfprotov6.DynamicValue{MsgPack: encoded}).Unmarshal(as)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// diagnosticsOf returns the diagnostics of a message: its member diagnostics or diagnostic.
func diagnosticsOf(m proto.Message) []Diagnostic {
	reflected := m.ProtoReflect()
	fields := reflected.Descriptor().Fields()
	field := fields.ByName("diagnostics")
	if field == nil {
		field = fields.ByName("diagnostic")
	}
	if field == nil {
		return nil
	}
	var found []Diagnostic
	list := reflected.Get(field).List()
	for i := range list.Len() {
		d := list.Get(i).Message()
		text := func(name protoreflect.Name) string { return d.Get(d.Descriptor().Fields().ByName(name)).String() }
		severity := "error"
		if d.Get(d.Descriptor().Fields().ByName("severity")).Enum() == 2 {
			severity = "warning"
		}
		found = append(found, Diagnostic{Severity: severity, Summary: text("summary"), Detail: text("detail")})
	}
	return found
}
