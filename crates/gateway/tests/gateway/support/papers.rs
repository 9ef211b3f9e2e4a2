//! Certificates made on the spot.

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

use super::Folder;

/// An authority, and a certificate for 127.0.0.1 that it signed, with its key, as files.
pub struct Papers {
    pub folder: Folder,
}

impl Papers {
    pub fn new() -> Self {
        let folder = Folder::new();
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        // Who has the same name as its issuer is taken for one that signed itself.
        params.distinguished_name.push(DnType::CommonName, "an authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = params.self_signed(&key).unwrap();
        let issuer = Issuer::new(params, key);
        let key = KeyPair::generate().unwrap();
        let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
        let certificate = CertificateParams::new(names).unwrap().signed_by(&key, &issuer).unwrap();
        std::fs::write(folder.file("ca.pem"), authority.pem()).unwrap();
        std::fs::write(folder.file("cert.pem"), certificate.pem()).unwrap();
        std::fs::write(folder.file("key.pem"), key.serialize_pem()).unwrap();
        Self { folder }
    }

    pub fn file(&self, name: &str) -> String {
        self.folder.file(name)
    }
}
