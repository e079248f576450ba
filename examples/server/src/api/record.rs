//! Records of images: of one that is to be made, and with its delivery URLs for an answer.
//!
//! In: what a client says of an image; a record. Out: a record that follows the rules; a record with URLs. Must not know of bytes
//! or of how records are stored.

use cretula::records::{DeliveryUrl, DirectUploadRequest, Image, ImageId, VariantId, Variants};

use super::Call;
use super::route::is_of_an_image;
use crate::App;
use crate::accounts::Account;
use crate::failure::Failure;
use crate::upload;

impl Call {
    /// The record of an image that is to be made, uploaded now. Who uploads says the same of it as who asks for a direct upload.
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

    /// Refuses an id whose image would have another resource's path, or no delivery URL.
    fn check_id(&self, id: ImageId) -> Result<ImageId, Failure> {
        if !is_of_an_image(id.as_str()) {
            return Err(Failure::invalid(format!(
                "the image id {:?} is the path of something else",
                id.as_str()
            )));
        }
        DeliveryUrl::new(&self.account.hash, id.clone(), "public".parse::<VariantId>()?)?;
        Ok(id)
    }

    /// The record with its URL at each of the account's variants.
    pub(super) async fn with_urls(&self, image: Image) -> Result<Image, Failure> {
        with_urls(&self.app, &self.account, image).await
    }

    /// The records with their URLs.
    pub(super) async fn all_with_urls(&self, images: Vec<Image>) -> Result<Vec<Image>, Failure> {
        let variants = &self.app.records.account_state(&self.account).await?.variants;
        let addressed = |image| addressed(&self.app, &self.account, variants, image);
        Ok(images.into_iter().map(addressed).collect::<cretula::Result<_>>()?)
    }
}

/// The record with its URL at each of the account's variants.
pub(crate) async fn with_urls(app: &App, account: &Account, image: Image) -> Result<Image, Failure> {
    let state = app.records.account_state(account).await?;
    Ok(addressed(app, account, &state.variants, image)?)
}

fn addressed(app: &App, account: &Account, variants: &Variants, image: Image) -> cretula::Result<Image> {
    let url = |id| DeliveryUrl::new(&account.hash, image.id.clone(), id)?.at_origin(&app.config.public_url);
    let variants = variants.iter().map(|variant| url(variant.id.clone())).collect::<cretula::Result<_>>()?;
    Ok(Image { variants, ..image })
}
