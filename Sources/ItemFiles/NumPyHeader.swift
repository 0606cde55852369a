import Foundation

/// The header of a `.npy` file of vectors: two dimensions, rows first.
///
/// Source: NumPy manual, "numpy.lib.format", versions 1.0 to 3.0.
struct NumPyHeader: Equatable {
    enum Component: String {
        case float16 = "<f2"
        case float32 = "<f4"
        case float64 = "<f8"

        var sizeBytes: Int {
            switch self {
            case .float16: 2
            case .float32: 4
            case .float64: 8
            }
        }
    }

    var component: Component
    var rowCount: Int
    var dimension: Int

    var rowBytes: Int { dimension * component.sizeBytes }

    /// Takes the header from the start of a file.
    init(_ file: InputFile) throws {
        func fault(_ reason: String) -> ItemFileError { ItemFileError(file.name, "", reason) }
        let start = try file.bytes(8)
        guard start.count == 8, start.starts(with: [0x93] + Array("NUMPY".utf8)) else {
            throw fault("this is no .npy file")
        }
        // The header's length has two bytes in version 1, four in the later ones.
        let lengthBytes = try file.bytes(start[6] == 1 ? 2 : 4)
        let length = lengthBytes.enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
        guard length < 1 << 16 else { throw fault("the header is too long") }
        let bytes = try file.bytes(length)
        let text = String(decoding: bytes, as: UTF8.self)
        guard bytes.count == length, let kind = Self.value(of: "descr", in: text),
            let order = Self.value(of: "fortran_order", in: text), let shape = Self.shape(text)
        else { throw fault("the header cannot be read") }
        guard let component = Component(rawValue: kind.filter { $0 != "'" && $0 != "\"" }) else {
            throw fault("expected little-endian float16, float32 or float64, received \(kind)")
        }
        guard order == "False" else { throw fault("expected rows first (C order), received Fortran's order") }
        guard shape.count == 2, shape[1] > 0 else {
            throw fault("expected two dimensions, received the shape \(shape)")
        }
        self.init(component: component, rowCount: shape[0], dimension: shape[1])
    }

    init(component: Component, rowCount: Int, dimension: Int) {
        (self.component, self.rowCount, self.dimension) = (component, rowCount, dimension)
    }

    /// What stands behind a key, up to the next comma or the end.
    private static func value(of key: String, in text: String) -> String? {
        guard let start = text.firstRange(of: "'\(key)':") else { return nil }
        return text[start.upperBound...].prefix { $0 != "," && $0 != "}" }.trimmingCharacters(
            in: .whitespaces)
    }

    private static func shape(_ text: String) -> [Int]? {
        guard let start = text.firstRange(of: "'shape':"),
            let open = text[start.upperBound...].firstIndex(of: "("),
            let close = text[open...].firstIndex(of: ")")
        else { return nil }
        let numbers = text[text.index(after: open)..<close].split(separator: ",").map {
            Int($0.trimmingCharacters(in: .whitespaces))
        }
        return numbers.contains { $0 == nil || $0 ?? 0 < 0 } ? nil : numbers.compactMap(\.self)
    }

    /// The bytes of every header written here, whatever it says: so it can be written again when the rows are counted.
    static let writtenBytes = 128

    /// The header in version 1.0, padded with spaces.
    var bytes: [UInt8] {
        let text =
            "{'descr': '\(component.rawValue)', 'fortran_order': False, 'shape': (\(rowCount), \(dimension)), }"
        var bytes: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(Self.writtenBytes - 10), 0]
        bytes += Array(text.utf8)
        bytes += [UInt8](repeating: UInt8(ascii: " "), count: Self.writtenBytes - bytes.count - 1)
        return bytes + [UInt8(ascii: "\n")]
    }
}
