extension RawJSON {
    /// This value as `patch` changes it: an object's members replace or join ours, a null removes one, and what
    /// is not an object replaces all of it. Numbers, and whatever the patch does not touch, stay as written.
    ///
    /// Keys keep their places and new ones follow. Of a key that an object has twice the last is taken. Keys are
    /// compared as bytes, not as Swift compares strings.
    ///
    /// Source: RFC 7396, section 2.
    public func merged(with patch: RawJSON) -> RawJSON {
        guard patch.isObject else { return patch }
        var members = Members(of: self)
        for (key, change) in Members(of: patch).inOrder {
            let current = members[key] ?? RawJSON(checked: "null")
            members[key] = change.isNull ? nil : current.merged(with: change)
        }
        return members.object
    }
}

/// An object's members; none for any other value.
private struct Members {
    private var order: [Key] = []
    /// Nil for a key that was taken away.
    private var values: [Key: RawJSON?] = [:]

    init(of object: RawJSON) {
        guard object.isObject else { return }
        var members: [(Key, RawJSON)] = []
        let read: Void? = try? JSONReader.read(Array(object.text.utf8)) { reader throws(JSONError) in
            try reader.readObject { key, reader throws(JSONError) in
                members.append((Key(text: key), try reader.readRaw()))
            }
        }
        // Text that is no JSON after all is no object either.
        guard read != nil else { return }
        for (key, value) in members { self[key] = value }
    }

    var inOrder: [(Key, RawJSON)] { order.compactMap { key in self[key].map { (key, $0) } } }

    subscript(key: Key) -> RawJSON? {
        get { values[key] ?? nil }
        set { if values.updateValue(newValue, forKey: key) == nil { order.append(key) } }
    }

    var object: RawJSON {
        var writer = JSONWriter()
        writer.writeObject { writer in
            for (key, value) in inOrder { writer.member(key.text, value) }
        }
        return RawJSON(checked: String(decoding: writer.bytes, as: UTF8.self))
    }
}

/// A key, equal to another of the same UTF-8 bytes.
private struct Key: Hashable {
    let text: String

    static func == (left: Key, right: Key) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

    func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
    }
}
