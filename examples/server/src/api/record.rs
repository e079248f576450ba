//! Image records: creates new ones, and adds delivery URLs for a response.
//!
//! In: the properties of an image that a client sends; a record. Out: a valid record; a record with
//! URLs. Must not know about bytes or how records are stored.

use cretula::records::{DeliveryUrl, DirectUploadRequest, Image, ImageId, VariantId, Variants};

use super::Call;
use super::route::is_of_an_image;
use crate::App;
use crate::accounts::Account;
use crate::failure::Failure;
use crate::upload;

impl Call {
    /// The record of a new image, uploaded now. An upload and a request for a direct upload have
    /// the same fields.
    pub(super) fn new_record(&self, said: DirectUploadRequest) -> Result<Image, Failure> {
        let rules = self.rules();
        let id = match said.id {
            Some(id) => self.check_id(id)?,
            None => ImageId::generate(rules)?,
        };
        Ok(Image {
            id,
            creator: said.creator,
            filename: None,
            meta: said.metadata,
            require_signed_urls: said.require_signed_urls,
            uploaded: Some(upload::now()?),
            draft: false,
            variants: Vec::new(),
        })
    }

    /// Refuses an id whose image would have the path of another resource, or no delivery URL.
    fn check_id(&self, id: ImageId) -> Result<ImageId, Failure> {
        if !is_of_an_image(id.as_str()) {
            return Err(Failure::invalid(format!(
                "the image id {:?} is the path of another resource",
                id.as_str()
            )));
        }
        DeliveryUrl::new(&self.account.hash, id.clone(), "public".parse::<VariantId>()?)?;
        Ok(id)
    }

    /// Adds the record's URL at each of the account's variants.
    pub(super) async fn with_urls(&self, image: Image) -> Result<Image, Failure> {
        with_urls(&self.app, &self.account, image).await
    }

    /// Adds the URLs to all records.
    pub(super) async fn all_with_urls(&self, images: Vec<Image>) -> Result<Vec<Image>, Failure> {
        let variants = &self.app.records.account_state(&self.account).await?.variants;
        let addressed = |image| addressed(&self.app, &self.account, variants, image);
        Ok(images.into_iter().map(addressed).collect::<cretula::Result<_>>()?)
    }
}

/// Adds the record's URL at each of the account's variants.
pub(crate) async fn with_urls(app: &App, account: &Account, image: Image) -> Result<Image, Failure> {
    let state = app.records.account_state(account).await?;
    Ok(addressed(app, account, &state.variants, image)?)
}

fn addressed(app: &App, account: &Account, variants: &Variants, image: Image) -> cretula::Result<Image> {
    let url = |id| DeliveryUrl::new(&account.hash, image.id.clone(), id)?.at_origin(&app.config.public_url);
    let variants = variants.iter().map(|variant| url(variant.id.clone())).collect::<cretula::Result<_>>()?;
    Ok(Image { variants, ..image })
}
