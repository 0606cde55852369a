// swift-tools-version: 6.2
import PackageDescription

/// Set when only the Lambda function is wanted (the container image sets it): the packages of the
/// local server, of SQLite and of the command line are then neither fetched nor built.
let lambdaOnly = Context.environment["WHIPLASH_LAMBDA_ONLY"] != nil

var packages: [Package.Dependency] = [
    .package(url: "https://github.com/apple/swift-log", from: "1.6.0")
]

var products: [Product] = [
    .executable(name: "bootstrap", targets: ["Bootstrap"])
]

/// What both executables share, from the leaves up. A target imports what its entry names and
/// nothing else; `scripts/check-imports.sh` holds the rest.
var targets: [Target] = [
    // System libraries: a module map and what Swift cannot call.
    .systemLibrary(
        name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

    // Pure: no Foundation, no store, no AWS.
    .target(name: "CKernels"),
    .target(name: "VectorIndex", dependencies: ["CKernels"]),
    .target(name: "JSON"),
    .target(name: "Storage"),

    .target(name: "Whiplash", dependencies: ["VectorIndex", "JSON", "Storage"]),
    .target(
        name: "WhiplashClient", dependencies: ["HTTPClient", "JSON", "Storage", "VectorIndex", "Whiplash"]),
    .target(name: "ItemFiles", dependencies: ["JSON", "Whiplash"]),
    .target(name: "API", dependencies: ["Whiplash", "JSON", "Storage", "VectorIndex"]),
    .target(name: "WhiplashSettings"),

    .target(name: "HTTPClient", dependencies: ["CCurl"]),
    .target(name: "AWS", dependencies: ["CCrypto", "HTTPClient"]),
    .target(
        name: "StorageDynamoDB", dependencies: ["Storage", "AWS", "HTTPClient", "JSON", "CZlib"]),

    .target(
        name: "LambdaRuntime",
        dependencies: ["HTTPClient", "JSON", .product(name: "Logging", package: "swift-log")]),
    .target(name: "APIGateway", dependencies: ["API", "JSON"]),
    // What the executables share of choosing and wiring.
    .target(
        name: "Assembly",
        dependencies: ["AWS", "HTTPClient", "Storage", "StorageDynamoDB", "Whiplash", "WhiplashSettings"]),
    .executableTarget(
        name: "Bootstrap",
        dependencies: [
            "API", "APIGateway", "AWS", "Assembly", "HTTPClient", "JSON", "LambdaRuntime", "Storage",
            "StorageDynamoDB", "Whiplash", "WhiplashSettings",
            .product(name: "Logging", package: "swift-log"),
        ]),
]

var tests: [Target] = [
    .target(
        name: "StorageConformance", dependencies: ["Storage"], path: "Tests/StorageConformance"),
    .target(
        name: "GroupConformance", dependencies: ["Whiplash", "Storage", "VectorIndex"],
        path: "Tests/GroupConformance"),
    .target(
        name: "TextConformance", dependencies: ["JSON", "Storage", "VectorIndex", "Whiplash"],
        path: "Tests/TextConformance"),
    .target(
        name: "FilterConformance",
        dependencies: ["GroupConformance", "JSON", "Storage", "VectorIndex", "Whiplash"],
        path: "Tests/FilterConformance"),
    .target(
        name: "AdministrationConformance", dependencies: ["Storage", "VectorIndex", "Whiplash"],
        path: "Tests/AdministrationConformance"),
    .testTarget(name: "VectorIndexTests", dependencies: ["VectorIndex", "CKernels"]),
    .testTarget(name: "JSONTests", dependencies: ["JSON"]),
    .testTarget(name: "StorageTests", dependencies: ["Storage", "StorageConformance"]),
    .testTarget(
        name: "WhiplashTests",
        dependencies: [
            "Whiplash", "AdministrationConformance", "FilterConformance", "GroupConformance",
            "TextConformance",
            "Storage", "VectorIndex", "JSON",
        ]),
    .testTarget(name: "APITests", dependencies: ["API", "Whiplash", "Storage", "VectorIndex"]),
    .testTarget(
        name: "WhiplashClientTests",
        dependencies: ["WhiplashClient", "Whiplash", "API", "HTTPClient", "JSON", "Storage"]),
    .testTarget(name: "ItemFilesTests", dependencies: ["ItemFiles", "JSON", "Whiplash"]),
    .testTarget(name: "WhiplashSettingsTests", dependencies: ["WhiplashSettings"]),
    .target(name: "Loopback", path: "Tests/Loopback"),
    .testTarget(name: "HTTPClientTests", dependencies: ["HTTPClient", "Loopback"]),
    .testTarget(name: "AWSTests", dependencies: ["AWS", "HTTPClient"], exclude: ["Fixtures"]),
    .testTarget(
        name: "StorageDynamoDBTests",
        dependencies: [
            "StorageDynamoDB", "StorageConformance", "Storage", "AWS", "HTTPClient", "Loopback", "Whiplash",
            "AdministrationConformance", "FilterConformance", "GroupConformance", "TextConformance",
        ]),
    .testTarget(
        name: "LambdaRuntimeTests",
        dependencies: ["LambdaRuntime", "HTTPClient", .product(name: "Logging", package: "swift-log")]),
    .testTarget(
        name: "APIGatewayTests", dependencies: ["APIGateway", "API"], exclude: ["Fixtures"]),
]

if !lambdaOnly {
    packages += [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.0.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.80.0"),
    ]
    products += [
        .executable(name: "whiplash", targets: ["WhiplashCommand"]),
        .library(
            name: "Whiplash", targets: ["Whiplash", "Storage", "StorageSQLite", "StorageDynamoDB"]),
        // For programs that need no DynamoDB, and so neither libcurl nor OpenSSL.
        .library(name: "WhiplashSQLite", targets: ["Whiplash", "Storage", "StorageSQLite"]),
        .library(name: "WhiplashClient", targets: ["WhiplashClient"]),
    ]
    targets += [
        .target(
            name: "StorageSQLite",
            dependencies: [
                "Storage", .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ]),
        .target(
            name: "LocalServer",
            dependencies: [
                "API", .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        .systemLibrary(name: "CMalloc"),
        .executableTarget(
            name: "WhiplashCommand",
            dependencies: [
                "API", "AWS", "Assembly", "CMalloc", "HTTPClient", "ItemFiles", "JSON", "LocalServer",
                "Storage",
                "StorageDynamoDB", "StorageSQLite", "VectorIndex", "Whiplash", "WhiplashClient",
                "WhiplashSettings",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ]),
    ]
    // Complete small programs, which tests run.
    targets += [
        .executableTarget(
            name: "ExampleDirect", dependencies: ["Whiplash", "StorageSQLite"], path: "Examples/Direct"),
        .executableTarget(name: "ExampleRemote", dependencies: ["WhiplashClient"], path: "Examples/Remote"),
    ]
    tests += [
        .testTarget(
            name: "StorageSQLiteTests",
            dependencies: [
                "StorageSQLite", "StorageConformance", "AdministrationConformance", "FilterConformance",
                "GroupConformance",
                "TextConformance", "Storage",
            ],
            exclude: ["Fixtures"])
    ]
}

let package = Package(
    name: "whiplash",
    products: products,
    dependencies: packages,
    targets: targets + tests,
    swiftLanguageModes: [.v6]
)
