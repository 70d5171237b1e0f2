// Objects in a bucket of S3, or of a server that speaks like it: R2, MinIO, Garage and others.
//
// Requests are path-style (ENDPOINT/BUCKET/PREFIX/KEY) and signed with Signature Version 4, the
// hash of the body included. Absent is only what the store calls NoSuchKey. A reply that is shorter
// than it says, or that is not the range that was asked for, is a fault and never data. A clock
// that is off is said once in the log, and reckoned with.
//
// Conditional puts are S3's own (If-None-Match, If-Match). Whether the server keeps to conditions
// is tried with the first one that is carried out: the same put once more, only if there is
// nothing, has to be refused. Of a server that does not, the log says so once, and the object is
// looked at before each such put: two writers at the same moment are then not told from one.
//
// It tries once; storage/retrying_store tries again.
#pragma once

#include "base/clock.h"
#include "net/fetch.h"
#include "storage/object_store.h"
#include "storage/sigv4.h"

#include <atomic>
#include <cstdint>
#include <semaphore>
#include <string>

namespace ds {

struct S3Place {
    std::string endpoint; // "https://host", with port and path where there are some; no "/" at end
    std::string bucket;
    std::string prefix; // before every key; empty, or with a "/" at its end
    std::string region;
};

class S3Store final : public ObjectStore {
public:
    // At most `concurrency` requests are on their way at once; more wait for their turn.
    S3Store(S3Place place, Credentials credentials, FetchLimits limits, unsigned concurrency,
            Fetch& fetch, Clock const& clock);

    Result<void> put(std::string const& key, std::string_view bytes,
                     std::string const& content_type) override;
    Result<bool> put_if(std::string const& key, std::optional<std::string_view> was,
                        std::string_view bytes, std::string const& content_type) override;
    Result<std::optional<Bytes>> get(std::string const& key) override;
    Result<std::optional<ObjectPart>> get_range(std::string const& key, ByteRange range) override;
    Result<void> remove(std::string const& key) override;
    Result<void> list(std::string const& prefix,
                      std::function<Result<void>(ObjectEntry const&)> const& visit) override;
    std::string where() const override;

private:
    struct Call {
        std::string_view method;
        std::string path; // behind the endpoint, as it is meant
        QueryFields query{};
        HeaderMap headers{}; // besides those that every request has
        std::string_view body{};
    };
    Call on_object(std::string_view method, std::string const& key) const;
    Result<FetchReply> send(Call const& call);
    Result<FetchReply> send_once(Call const& call, std::string const& payload_hash);
    bool learns_time(FetchReply const& reply);
    // A put under the condition that the object has this tag, or that there is none when `tag` is
    // empty. False: it does not hold.
    Result<bool> put_on_condition(Call call, std::string const& tag);
    void try_conditions(Call const& call);
    void ignores_conditions();
    Error refused(FetchReply const& reply) const;
    Result<std::optional<ObjectPart>> beyond_end(std::string const& key, ByteRange range,
                                                 FetchReply const& reply);

    S3Place place_;
    Credentials credentials_;
    FetchLimits limits_;
    Fetch& fetch_;
    Clock const& clock_;
    std::string host_;      // of the endpoint, with its port
    std::string base_path_; // of the endpoint
    std::counting_semaphore<> turns_;
    // What the store's clock is ahead of ours.
    std::atomic<std::int64_t> ahead_ms_{0};
    std::atomic<bool> told_of_clock_{false};
    enum class Conditions : std::uint8_t { unknown, kept, ignored };
    std::atomic<Conditions> conditions_{Conditions::unknown};
};

} // namespace ds
