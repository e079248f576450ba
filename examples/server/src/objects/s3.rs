//! Objects in an S3 bucket, or in a store with a compatible API.
//!
//! In: `s3://BUCKET?endpoint=URL&region=NAME`; credentials, and all other settings of
//! `object_store`, from the environment, `AWS_…`. Out: a store.

use std::sync::Arc;
use std::time::Duration;

use object_store::aws::AmazonS3Builder;
use object_store::{ClientOptions, ObjectStore, RetryConfig};
use url::Url;

/// The timeout of one request; the largest object has 10 MB.
const LONGEST_REQUEST: Duration = Duration::from_secs(20);
const LONGEST_CONNECT: Duration = Duration::from_secs(3);

/// The retry timeout: a client does not wait longer for a failing store.
const LONGEST_RETRIES: Duration = Duration::from_secs(10);

pub(super) fn open(url: &str) -> Result<Arc<dyn ObjectStore>, String> {
    let (bucket, endpoint, region) = parts(url)?;
    let mut client = ClientOptions::new().with_timeout(LONGEST_REQUEST).with_connect_timeout(LONGEST_CONNECT);
    let mut builder = AmazonS3Builder::from_env().with_bucket_name(bucket);
    if let Some(endpoint) = endpoint {
        client = client.with_allow_http(endpoint.starts_with("http://"));
        builder = builder.with_endpoint(endpoint);
    }
    if let Some(region) = region {
        builder = builder.with_region(region);
    }
    let retry = RetryConfig { max_retries: 3, retry_timeout: LONGEST_RETRIES, ..RetryConfig::default() };
    let store = builder.with_client_options(client).with_retry(retry).build();
    Ok(Arc::new(store.map_err(|error| format!("objects: {error}"))?))
}

/// Bucket, endpoint, region.
fn parts(text: &str) -> Result<(String, Option<String>, Option<String>), String> {
    let wrong = || format!("objects must be s3://BUCKET?endpoint=URL&region=NAME, got {text:?}");
    let url = Url::parse(text).map_err(|_| wrong())?;
    let bucket = url.host_str().filter(|bucket| !bucket.is_empty()).ok_or_else(wrong)?.to_owned();
    if !matches!(url.path(), "" | "/") {
        return Err(wrong());
    }
    let (mut endpoint, mut region) = (None, None);
    for (name, value) in url.query_pairs() {
        match &*name {
            "endpoint" => endpoint = Some(value.trim_end_matches('/').to_owned()),
            "region" => region = Some(value.into_owned()),
            _ => return Err(wrong()),
        }
    }
    Ok((bucket, endpoint, region))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_bucket_endpoint_and_region() {
        let (bucket, endpoint, region) =
            parts("s3://images?endpoint=http://127.0.0.1:8333/&region=us-east-1").unwrap();
        assert_eq!((bucket.as_str(), endpoint.as_deref()), ("images", Some("http://127.0.0.1:8333")));
        assert_eq!(region.as_deref(), Some("us-east-1"));
        assert_eq!(parts("s3://images").unwrap(), ("images".to_owned(), None, None));
        for wrong in ["s3:", "s3://", "s3://images/folder", "s3://images?port=1"] {
            assert!(parts(wrong).is_err_and(|why| why.contains(wrong)), "{wrong}");
        }
    }
}
