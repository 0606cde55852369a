internal import CZlib

/// CRC-32 as zlib and DynamoDB compute it.
///
/// - Precondition: less than 4 GB. (`crc32_z`, which takes more, is missing from Amazon Linux 2's zlib 1.2.7.)
func crc32(of bytes: [UInt8]) -> UInt32 {
    bytes.withUnsafeBufferPointer { bytes in
        UInt32(truncatingIfNeeded: CZlib.crc32(0, bytes.baseAddress, UInt32(bytes.count)))
    }
}

/// The bytes that a gzip stream holds; nil when it is broken, cut short, or holds more than `limitBytes`.
func inflateGzip(_ compressed: [UInt8], limitBytes: Int) -> [UInt8]? {
    var stream = z_stream()
    // 16 more than the window's 15 bits asks for gzip's frame, whose checksum zlib verifies.
    let size = Int32(MemoryLayout<z_stream>.size)
    guard inflateInit2_(&stream, 16 + 15, ZLIB_VERSION, size) == Z_OK else { return nil }
    defer { inflateEnd(&stream) }
    var output: [UInt8] = []
    var compressed = compressed
    let isWhole = compressed.withUnsafeMutableBufferPointer { input in
        stream.next_in = input.baseAddress
        stream.avail_in = UInt32(input.count)
        return inflate(&stream, onto: &output, limitBytes: limitBytes)
    }
    return isWhole ? output : nil
}

/// Whether the stream came to its end within the limit.
private func inflate(_ stream: inout z_stream, onto output: inout [UInt8], limitBytes: Int) -> Bool {
    var code = Z_OK
    while code == Z_OK, output.count <= limitBytes {
        let chunk = [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count in
            stream.next_out = buffer.baseAddress
            stream.avail_out = UInt32(buffer.count)
            code = CZlib.inflate(&stream, Z_NO_FLUSH)
            count = buffer.count - Int(stream.avail_out)
        }
        output += chunk
    }
    return code == Z_STREAM_END && output.count <= limitBytes && stream.avail_in == 0
}
