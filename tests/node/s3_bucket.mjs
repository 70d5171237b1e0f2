// npm s3rver in this process, with what S3 promises and s3rver does not.
import { randomBytes } from "node:crypto"
import { mkdir, readFile, readdir, rename, rm, unlink, writeFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { dirname } from "node:path"
import { buffer } from "node:stream/consumers"

const require = createRequire(new URL("../store/package.json", import.meta.url))
const suffix = "._S3rver_object"

// s3rver wraps its continuation tokens in DES, which OpenSSL 3 has no more.
function replaceDes(crypto) {
  for (const name of ["createCipheriv", "createDecipheriv"]) {
    const plain = crypto[name]
    const twice = (bytes) => Buffer.concat([bytes, bytes])
    crypto[name] = (cipher, key, iv, ...rest) =>
      cipher === "des"
        ? plain("aes-128-cbc", twice(key), twice(iv))
        : plain(cipher, key, iv, ...rest)
  }
}

// s3rver on a free port of 127.0.0.1, over a folder. Resolves with { port, store, stop() }.
export async function startS3rver(directory, buckets) {
  replaceDes(require("crypto"))
  const S3rver = require("s3rver")
  const options = { address: "127.0.0.1", port: 0, silent: true, vhostBuckets: false, directory }
  const server = new S3rver({ ...options, configureBuckets: buckets.map((name) => ({ name })) })
  makeStrict(server.store)
  const { port } = await server.run()
  const stop = async () => {
    const closed = server.close()
    server.httpServer.closeAllConnections()
    await closed
  }
  return { port, store: server.store, stop }
}

function makeStrict(store) {
  const S3Object = require("s3rver/lib/models/object")

  // An object is there whole, or as it was before.
  store.putObject = async (object) => {
    const path = store.getResourcePath(object.bucket, object.key, "object")
    const body = await buffer(object.content)
    await mkdir(dirname(path), { recursive: true })
    const aside = `${path}.${randomBytes(8).toString("hex")}`
    await writeFile(aside, body)
    await rename(aside, path)
    const md5 = require("crypto").createHash("md5").update(body).digest("hex")
    await store.putMetadata(object.bucket, object.key, object.metadata, md5)
    return { md5, size: body.length }
  }

  // Folders stay, so that a put into one does not meet its removal.
  store.deleteObject = async (bucket, key) => {
    for (const part of ["object", "object.md5", "metadata.json"]) {
      await unlink(store.getResourcePath(bucket, key, part)).catch(unlessAbsent)
    }
  }

  // The range 0-0 is one byte: s3rver takes the 0 at its end for no end.
  const getObject = store.getObject.bind(store)
  store.getObject = (bucket, key, options) =>
    getObject(bucket, key, options?.end === 0 ? { ...options, end: Object(0) } : options)

  // In the order of the keys, whatever the folders; none is left out at the border of a page.
  const listObjects = store.listObjects.bind(store)
  store.listObjects = async (bucket, options) => {
    const { delimiter, startAfter = "", prefix = "", maxKeys = Infinity } = options
    if (delimiter) return listObjects(bucket, options)
    const keys = (await keysOf(store, bucket)).filter(
      (key) => key > startAfter && key.startsWith(prefix),
    )
    const found = await Promise.all(
      keys.slice(0, maxKeys).map(async (key) => {
        const metadata = await store.getMetadata(bucket, key).catch(unlessAbsent)
        return metadata && new S3Object(bucket, key, null, metadata)
      }),
    )
    const objects = found.filter(Boolean)
    return { objects, commonPrefixes: [], isTruncated: objects.length > 0 && keys.length > maxKeys }
  }
}

// Every key of a bucket, sorted by its bytes.
export async function keysOf(store, bucket) {
  const files = await readdir(store.getBucketPath(bucket), { recursive: true })
  const objects = files.filter((file) => file.endsWith(suffix))
  return objects.map((file) => file.slice(0, -suffix.length)).sort()
}

export function readObject(store, bucket, key) {
  return readFile(store.getResourcePath(bucket, key, "object"))
}

// Changes an object behind everybody's back.
export async function replaceObject(store, bucket, key, bytes) {
  await writeFile(store.getResourcePath(bucket, key, "object"), bytes)
  await rm(store.getResourcePath(bucket, key, "object.md5"), { force: true })
}

function unlessAbsent(error) {
  if (error.code !== "ENOENT") throw error
}
