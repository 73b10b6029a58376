// Package ephemeral holds the ephemeral twin of data "ssm_command_invocation": the
// same arguments, attributes, words and read, and nothing of it in plan or state.
//
// Everything the twins share is the data source's, in package datasource; this room
// adds what the other kind of resource needs to be told. Output is read this way
// because it is secret, so no message here carries any of it.
package ephemeral
