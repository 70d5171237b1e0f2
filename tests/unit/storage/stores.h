// Object stores of every kind, for tests that hold all of them to the same promises.
#pragma once

#include "fakes/manual_clock.h"
#include "fakes/memory_store.h"
#include "fakes/tiny_s3.h"
#include "storage/directory_store.h"
#include "storage/s3_store.h"
#include "support/temp_dir.h"

#include <memory>

namespace ds::test {

struct InMemory {
    MemoryStore store;
};

struct InDirectory {
    TempDir home;
    std::unique_ptr<DirectoryStore> opened = *DirectoryStore::open(home.path() + "/objects");
    ObjectStore& store = *opened;
};

struct InS3 {
    ManualClock clock;
    TinyS3 server{clock};
    S3Place place{server.endpoint, server.bucket, "pre/fix/", server.region};
    S3Store store{place, {server.access_key, server.secret_key, {}}, {}, 8, server, clock};
};

} // namespace ds::test
