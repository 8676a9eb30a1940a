"""Writes the messages of test/remote/messages.test.ts with Google's protobuf, from a descriptor that is made here. One line each: type, hex."""

import sys

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

F = descriptor_pb2.FieldDescriptorProto
KINDS = {"text": F.TYPE_STRING, "int": F.TYPE_INT64, "int32": F.TYPE_INT32, "bool": F.TYPE_BOOL, "bytes": F.TYPE_BYTES}
MESSAGES = {
    "Digest": [("hash", 1, "text"), ("size_bytes", 2, "int")],
    "Span": [("seconds", 1, "int"), ("nanos", 2, "int32")],
    "Pair": [("name", 1, "text"), ("value", 2, "text")],
    "Any": [("type_url", 1, "text"), ("value", 2, "bytes")],
    "UInt32Value": [("value", 1, "int32")],
    "NodeProperties": [("properties", 1, "*Pair"), ("mtime", 2, "Span"), ("unix_mode", 3, "UInt32Value")],
    "Platform": [("properties", 1, "*Pair")],
    "Action": [
        ("command_digest", 1, "Digest"), ("input_root_digest", 2, "Digest"), ("timeout", 6, "Span"),
        ("do_not_cache", 7, "bool"), ("salt", 9, "bytes"), ("platform", 10, "Platform"),
    ],
    "Command": [
        ("arguments", 1, "*text"), ("environment_variables", 2, "*Pair"), ("output_files", 3, "*text"),
        ("output_directories", 4, "*text"), ("platform", 5, "Platform"), ("working_directory", 6, "text"),
        ("output_paths", 7, "*text"), ("output_node_properties", 8, "*text"), ("output_directory_format", 9, "int32"),
    ],
    "FileNode": [("name", 1, "text"), ("digest", 2, "Digest"), ("is_executable", 4, "bool"), ("node_properties", 6, "NodeProperties")],
    "DirectoryNode": [("name", 1, "text"), ("digest", 2, "Digest")],
    "SymlinkNode": [("name", 1, "text"), ("target", 2, "text"), ("node_properties", 4, "NodeProperties")],
    "Directory": [("files", 1, "*FileNode"), ("directories", 2, "*DirectoryNode"), ("symlinks", 3, "*SymlinkNode"), ("node_properties", 5, "NodeProperties")],
    "Tree": [("root", 1, "Directory"), ("children", 2, "*Directory")],
    "OutputFile": [("path", 1, "text"), ("digest", 2, "Digest"), ("is_executable", 4, "bool"), ("contents", 5, "bytes"), ("node_properties", 7, "NodeProperties")],
    "OutputDirectory": [("path", 1, "text"), ("tree_digest", 3, "Digest"), ("is_topologically_sorted", 4, "bool"), ("root_directory_digest", 5, "Digest")],
    "ExecutedActionMetadata": [("worker", 1, "text")]
    + [(f"t{n}", n, "Span") for n in range(2, 11)]
    + [("auxiliary_metadata", 11, "*Any"), ("virtual_execution_duration", 12, "Span")],
    "ActionResult": [
        ("output_files", 2, "*OutputFile"), ("output_directories", 3, "*OutputDirectory"), ("exit_code", 4, "int32"),
        ("stdout_raw", 5, "bytes"), ("stdout_digest", 6, "Digest"), ("stderr_raw", 7, "bytes"), ("stderr_digest", 8, "Digest"),
        ("execution_metadata", 9, "ExecutedActionMetadata"), ("output_file_symlinks", 10, "*SymlinkNode"),
        ("output_directory_symlinks", 11, "*SymlinkNode"), ("output_symlinks", 12, "*SymlinkNode"),
    ],
}


def classes():
    file = descriptor_pb2.FileDescriptorProto(name="remote.proto", package="remote", syntax="proto3")
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        for field, number, kind in fields:
            row = message.field.add(name=field, number=number, label=F.LABEL_REPEATED if kind[0] == "*" else F.LABEL_OPTIONAL)
            kind = kind.lstrip("*")
            if kind in KINDS:
                row.type = KINDS[kind]
            else:
                row.type, row.type_name = F.TYPE_MESSAGE, f".remote.{kind}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    get = getattr(message_factory, "GetMessageClass", None) or message_factory.MessageFactory(pool).GetPrototype
    return {name: get(pool.FindMessageTypeByName(f"remote.{name}")) for name in MESSAGES}


def fill(make, state, depth=0):
    """Fills a message with values that follow from `state`, a small generator of numbers."""
    message = make()
    for field in message.DESCRIPTOR.fields:
        draw = next(state)
        repeated = hasattr(getattr(message, field.name), "append") or hasattr(getattr(message, field.name), "add")
        for _ in range(draw % 4 if repeated else draw % 4 > 0):
            if field.type == F.TYPE_MESSAGE:
                if depth > 4:
                    continue
                inner = fill(type_of(message, field), state, depth + 1)
                (getattr(message, field.name).append if repeated else getattr(message, field.name).CopyFrom)(inner)
                continue
            value = scalar(field.type, next(state))
            getattr(message, field.name).append(value) if repeated else setattr(message, field.name, value)
    return message


def type_of(message, field):
    return CLASSES[field.message_type.name]


def scalar(kind, draw):
    if kind == F.TYPE_STRING:
        return ["", "a", "ä/😀", "x" * 200][draw % 4]
    if kind == F.TYPE_BYTES:
        return [b"", b"\0", b"\xff\xfe", b"y" * 300][draw % 4]
    if kind == F.TYPE_BOOL:
        return draw % 2 == 0
    return [0, 1, 127, 128, 300, 2**31 - 1][draw % 6]


def numbers(seed):
    while True:
        seed = (seed * 48271) % 2147483647
        yield seed >> 3


CLASSES = classes()
for name in sys.argv[2:]:
    for seed in range(1, int(sys.argv[1]) + 1):
        print(name, fill(CLASSES[name], numbers(seed * 7919)).SerializeToString(deterministic=True).hex())
