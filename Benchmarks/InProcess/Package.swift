// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "InProcess",
    // Named, since a path's last part depends on where the sources lie.
    dependencies: [.package(name: "whiplash", path: "../..")],
    targets: [
        .executableTarget(
            name: "InProcess", dependencies: [.product(name: "WhiplashSQLite", package: "whiplash")])
    ],
    swiftLanguageModes: [.v6]
)
