extension GatewayEvent {
    /// The query's names and values, decoded. REST events bring decoded maps, of which the one of many values is whole;
    /// the others bring the raw query.
    var queryPairs: [(name: String, value: String)] {
        if isVersion2 { return formDecodedPairs(rawQuery ?? "") }
        return multiValueQuery.isEmpty ? query : multiValueQuery
    }
}

/// The names and values of a raw query: `+` is a space and escapes are decoded. What is no escape stays as it is.
private func formDecodedPairs(_ query: String) -> [(name: String, value: String)] {
    query.split(separator: "&").map { pair in
        let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        return (formDecoded(parts[0]), parts.count > 1 ? formDecoded(parts[1]) : "")
    }
}

private func formDecoded(_ text: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
        if byte == UInt8(ascii: "%"), let value = hexPair(rest.prefix(2)) {
            bytes.append(value)
            rest = rest.dropFirst(2)
        } else {
            bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
        }
    }
    return String(decoding: bytes, as: UTF8.self)
}

/// The byte that two hexadecimal digits stand for, and nothing but digits.
private func hexPair(_ digits: ArraySlice<UInt8>) -> UInt8? {
    guard digits.count == 2, digits.allSatisfy({ Unicode.Scalar($0).properties.isASCIIHexDigit }) else {
        return nil
    }
    return UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
}
