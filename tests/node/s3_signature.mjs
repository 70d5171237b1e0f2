// Checks the signature of an S3 request: AWS Signature Version 4 in the Authorization header.
//
// s3rver takes any signature of version 4; here nothing passes that S3 would refuse: the signature, the
// time, every x-amz header signed, the body equal to its digests.
import { createHash, createHmac, timingSafeEqual } from "node:crypto"

const skewMax = 15 * 60 * 1000

// An error as S3 tells it, or undefined when the request is good.
//   request  { method, path, query, headers, body }: path and query as they came over the wire
//   keys     { accessKey, secretKey }
//   now      the store's idea of the time, in ms
export function signatureFault(request, keys, now) {
  const { headers, body } = request
  const authorization = headers.authorization ?? ""
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      authorization,
    )
  if (!authorization) return fault(403, "AccessDenied", "Access Denied: the request is not signed")
  if (!match) return fault(400, "AuthorizationHeaderMalformed", "The header is malformed")
  const [, credential, signedList, signature] = match
  const [accessKey, date, region, service, end] = credential.split("/")
  if (service !== "s3" || end !== "aws4_request") {
    return fault(400, "AuthorizationHeaderMalformed", `The scope is ${credential}`)
  }
  if (accessKey !== keys.accessKey) return fault(403, "InvalidAccessKeyId", "There is no such key")

  const stamp = headers["x-amz-date"] ?? ""
  const time = instant(stamp)
  if (Number.isNaN(time) || !stamp.startsWith(date)) {
    return fault(403, "AccessDenied", "The request needs a valid x-amz-date")
  }
  if (Math.abs(time - now) > skewMax) {
    return fault(403, "RequestTimeTooSkewed", "The request's time is too far from the store's")
  }
  const signed = signedList.split(";")
  const needed = ["host", ...Object.keys(headers).filter((name) => name.startsWith("x-amz-"))]
  const unsigned = needed.filter((name) => !signed.includes(name))
  if (unsigned.length > 0) return fault(403, "AccessDenied", `Not signed: ${unsigned.join(", ")}`)

  const payload = headers["x-amz-content-sha256"] ?? ""
  if (!/^([0-9a-f]{64}|UNSIGNED-PAYLOAD)$/.test(payload)) {
    return fault(400, "InvalidRequest", "The request needs a valid x-amz-content-sha256")
  }
  const scope = [date, region, service, end].join("/")
  const canonical = [
    request.method,
    canonicalPath(request.path),
    canonicalQuery(request.query),
    ...signed.map((name) => `${name}:${(headers[name] ?? "").trim().replace(/ +/g, " ")}`),
    "",
    signedList,
    payload,
  ].join("\n")
  const text = ["AWS4-HMAC-SHA256", stamp, scope, sha256(canonical, "hex")].join("\n")
  const key = [date, region, service, end].reduce(hmac, `AWS4${keys.secretKey}`)
  if (!timingSafeEqual(hmac(key, text), Buffer.from(signature, "hex"))) {
    return fault(403, "SignatureDoesNotMatch", `Signed here was:\n${canonical}`)
  }
  if (payload !== "UNSIGNED-PAYLOAD" && payload !== sha256(body, "hex")) {
    return fault(400, "XAmzContentSHA256Mismatch", "The body is not the one that was signed")
  }
  const md5 = headers["content-md5"]
  if (md5 && md5 !== createHash("md5").update(body).digest("base64")) {
    return fault(400, "BadDigest", "The body has another Content-MD5")
  }
  const checksum = headers["x-amz-checksum-sha256"]
  if (checksum && checksum !== sha256(body, "base64")) {
    return fault(400, "BadDigest", "The body has another x-amz-checksum-sha256")
  }
  return undefined
}

function fault(status, code, message) {
  return { status, code, message }
}

function sha256(data, encoding) {
  return createHash("sha256").update(data).digest(encoding)
}

function hmac(key, text) {
  return createHmac("sha256", key).update(text).digest()
}

// 20130524T000000Z
function instant(stamp) {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(stamp)
  if (!match) return NaN
  const [year, month, ...rest] = match.slice(1).map(Number)
  return Date.UTC(year, month - 1, ...rest)
}

// However the client has spelled it, each byte outside of the unreserved ones is encoded once.
function encoded(text) {
  const dangerous = /[!'()*]/g
  const hex = (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`
  return encodeURIComponent(decodeURIComponent(text)).replace(dangerous, hex)
}

function canonicalPath(path) {
  return path.split("/").map(encoded).join("/")
}

function canonicalQuery(query) {
  if (!query) return ""
  const pairs = query.split("&").map((pair) => {
    const [name, ...value] = pair.split("=")
    return `${encoded(name)}=${encoded(value.join("="))}`
  })
  return pairs.sort().join("&")
}
